// Numbers and times as people read them. Fractions become percentages here and only here.
import type { MetricInfo } from "./data";

export const MISSING = "\u2013";
const MINUS = "\u2212";

const formats = new Map<number, Intl.NumberFormat>();

/** "12,345.67"; a true minus sign, and none on what rounds to nothing. */
export function number(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  const text = format.format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

export function percent(fraction: number | null, decimals = 2): string {
  if (fraction === null || !Number.isFinite(fraction)) return MISSING;
  const size = Math.abs(fraction) * 100;
  const shown = size === 0 || size >= 0.1 ? decimals : size >= 0.001 ? 4 : 6;
  return `${number(fraction * 100, shown)}%`;
}

/** Decimals with which percentages like these can be told apart: 2, or more where most are small. */
export function percentDecimals(fractions: Float64Array): number {
  const sizes = Array.from(fractions, Math.abs).filter((size) => size > 0).sort((a, b) => a - b);
  const middle = (sizes[sizes.length >> 1] ?? 1) * 100;
  return middle >= 0.2 ? 2 : middle >= 0.02 ? 3 : 4;
}

/** With the sign always shown. */
export function signedPercent(fraction: number | null, decimals = 2): string {
  const text = percent(fraction, decimals);
  return fraction !== null && fraction > 0 ? `+${text}` : text;
}

/** Units of an instrument: whole where they are whole. */
export function quantity(value: number): string {
  return Number.isInteger(value) ? number(value, 0) : number(value, value < 1 ? 6 : 4);
}

export function metric(info: MetricInfo, value: number | null): string {
  if (value === null) return MISSING;
  switch (info.unit) {
    case "fraction":
      return percent(value);
    case "currency":
      return number(value, 2);
    case "bars":
    case "count":
      return number(value, Number.isInteger(value) ? 0 : 1);
    default:
      return number(value, 3);
  }
}

/** A change's sign as a class name. */
export function tone(value: number | null): string {
  return value === null || value === 0 || !Number.isFinite(value) ? "" : value > 0 ? "good" : "bad";
}

const two = (value: number): string => String(value).padStart(2, "0");

const DAY_US = 86_400e6;

/** True when every stamp is midnight UTC: then only dates are worth showing. */
export function onlyDates(times: Float64Array): boolean {
  const step = Math.max(1, Math.floor(times.length / 5000));
  for (let i = 0; i < times.length; i += step) if (times[i] % DAY_US !== 0) return false;
  return true;
}

/** "2020-03-05", "2020-03-05 14:30" or with seconds, from microseconds UTC. */
export function time(microseconds: number, dateOnly: boolean): string {
  const date = new Date(microseconds / 1000);
  if (Number.isNaN(date.getTime())) return MISSING;
  const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  if (dateOnly) return day;
  const seconds = (microseconds / 1e6) % 60;
  const clock = `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return seconds === 0 ? clock : `${clock}:${two(date.getUTCSeconds())}`;
}

/** "below_step" as words. */
export const words = (code: string): string => code.replace(/_/g, " ");
