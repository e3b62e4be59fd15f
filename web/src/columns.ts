// Reads columns as src/report/column_code.hpp writes them.

export interface ColumnCode {
  kind: "delta" | "float64";
  count: number;
  base?: number;
  multiply?: number;
  divide?: number;
  data: string;
}

function bytesOf(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A column's numbers. Differences may exceed 32 bits, so they are put together by arithmetic, not by shifts. */
export function decode(column: ColumnCode): Float64Array {
  const bytes = bytesOf(column.data);
  const values = new Float64Array(column.count);
  if (column.kind === "float64") {
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < values.length; ++i) values[i] = view.getFloat64(i * 8, true);
    return values;
  }
  const base = column.base ?? 0;
  const multiply = column.multiply ?? 1;
  const divide = column.divide ?? 1;
  let sum = 0;
  let at = 0;
  for (let i = 0; i < values.length; ++i) {
    let zigzag = 0;
    let weight = 1;
    let byte = bytes[at++];
    while (byte >= 128) {
      zigzag += (byte - 128) * weight;
      weight *= 128;
      byte = bytes[at++];
    }
    zigzag += byte * weight;
    sum += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[i] = (base + multiply * sum) / divide;
  }
  return values;
}
