// A table that sorts, filters and scrolls through any number of rows, of which only those in sight are elements.
import { element } from "./dom";

export interface Column {
  key: string;
  title: string;
  hint?: string;
  left?: boolean; // text; numbers stand right
  sort: (row: number) => number | string;
  text: (row: number) => string;
  tone?: (row: number) => string;
}

const ROW = 30; // CSS pixels; page.css holds rows to it
const MARGIN = 8; // rows made beyond those in sight

export class VirtualTable {
  readonly element: HTMLElement;
  private readonly body = element("tbody");
  private readonly head = element("tr");
  private rows: number[] = [];
  private order: { column: Column; descending: boolean } | null = null;
  private selected = -1;
  private drawn = "";

  /** `chosen` is told the row that a click or Enter chose. */
  constructor(
    id: string,
    label: string,
    private readonly columns: Column[],
    private readonly count: number,
    private readonly chosen?: (row: number) => void,
  ) {
    const table = element(
      "table",
      { id, class: "virtual", "aria-label": label, "aria-rowcount": count + 1 },
      element("thead", {}, this.head),
      this.body,
    );
    this.element = element("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label }, table);
    for (const column of columns) this.head.append(this.heading(column));
    this.element.addEventListener("scroll", () => this.draw());
    this.element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.show(() => true);
  }

  /** Keeps the rows that pass. */
  show(passes: (row: number) => boolean): void {
    this.rows = [];
    for (let row = 0; row < this.count; ++row) if (passes(row)) this.rows.push(row);
    this.sortRows();
    this.element.scrollTop = 0;
    this.draw(true);
  }

  get shown(): readonly number[] {
    return this.rows;
  }

  select(row: number, scroll: boolean): void {
    this.selected = row;
    const place = this.rows.indexOf(row);
    if (scroll && place >= 0) {
      this.element.scrollTop = Math.max(0, place * ROW - this.element.clientHeight / 2 + 2 * ROW);
    }
    this.draw(true);
  }

  private heading(column: Column): HTMLElement {
    const sorter = element("button", { type: "button", title: column.hint ?? `Sort by ${column.title}` }, column.title);
    sorter.addEventListener("click", () => this.sortBy(column));
    return element("th", { scope: "col", class: column.left ? "left" : "", "data-key": column.key }, sorter);
  }

  /** Up, down, and back to the order of the run. */
  private sortBy(column: Column): void {
    if (this.order?.column !== column) this.order = { column, descending: !column.left };
    else if (this.order.descending === !column.left) this.order = { column, descending: !this.order.descending };
    else this.order = null;
    for (const cell of this.head.children) {
      const mine = this.order && cell.getAttribute("data-key") === this.order.column.key;
      if (mine) cell.setAttribute("aria-sort", this.order?.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    this.sortRows();
    this.element.scrollTop = 0;
    this.draw(true);
  }

  private sortRows(): void {
    if (!this.order) {
      this.rows.sort((a, b) => a - b);
      return;
    }
    const { column, descending } = this.order;
    const sign = descending ? -1 : 1;
    this.rows.sort((a, b) => {
      const x = column.sort(a);
      const y = column.sort(b);
      return x < y ? -sign : x > y ? sign : a - b;
    });
  }

  private key(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.target !== this.element || (step === 0 && event.key !== "Enter") || this.rows.length === 0) return;
    event.preventDefault();
    const place = this.rows.indexOf(this.selected);
    if (step === 0) {
      if (place >= 0) this.chosen?.(this.selected);
      return;
    }
    const next = Math.min(Math.max(place + step, 0), this.rows.length - 1);
    this.select(this.rows[next], true);
  }

  private draw(anew = false): void {
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - MARGIN);
    const inSight = Math.ceil((this.element.clientHeight || 480) / ROW);
    const last = Math.min(this.rows.length, first + inSight + 2 * MARGIN);
    const key = `${first}-${last}`;
    if (!anew && key === this.drawn) return;
    this.drawn = key;
    const made: HTMLElement[] = [this.spacer(first)];
    for (let place = first; place < last; ++place) made.push(this.row(place));
    made.push(this.spacer(this.rows.length - last));
    this.body.replaceChildren(...made);
  }

  private spacer(rows: number): HTMLElement {
    return element("tr", { class: "spacer", "aria-hidden": "true", style: `height:${rows * ROW}px` });
  }

  private row(place: number): HTMLElement {
    const row = this.rows[place];
    const made = element("tr", {
      "aria-rowindex": place + 2,
      "data-row": row,
      "aria-selected": row === this.selected ? "true" : undefined,
      class: this.chosen ? "choosable" : "",
    });
    for (const column of this.columns) {
      const className = [column.left ? "left" : "", column.tone?.(row) ?? ""].join(" ").trim();
      made.append(element("td", { class: className || undefined }, column.text(row)));
    }
    if (this.chosen) {
      made.addEventListener("click", () => {
        this.select(row, false);
        this.chosen?.(row);
      });
    }
    return made;
  }
}
