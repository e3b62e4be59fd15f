// Ticks of a time axis whose unit is the bar, not the second: nights and weekends take no room.

const US = { second: 1e6, minute: 60e6, hour: 3600e6, day: 86_400e6 } as const;
const MONTH_US = 30.44 * US.day;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Distance between ticks: months, or microseconds. */
interface Step {
  months: number;
  us: number;
}

const fixed = (us: number): Step => ({ months: 0, us });
const months = (count: number): Step => ({ months: count, us: count * MONTH_US });

const STEPS: Step[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => fixed(n * US.second)),
  ...[1, 2, 5, 10, 15, 30].map((n) => fixed(n * US.minute)),
  ...[1, 2, 3, 6, 12].map((n) => fixed(n * US.hour)),
  ...[1, 2, 7].map((n) => fixed(n * US.day)),
  ...[1, 2, 3, 6, 12, 24, 60, 120, 240, 600].map(months),
];

/** The first index whose time is not before `time`. */
export function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function boundaries(step: Step, from: number, to: number): number[] {
  const out: number[] = [];
  if (step.months === 0) {
    // Weeks start on Mondays: 1970-01-05 was one.
    const origin = step.us === 7 * US.day ? 4 * US.day : 0;
    for (let t = origin + Math.ceil((from - origin) / step.us) * step.us; t <= to; t += step.us) out.push(t);
    return out;
  }
  const start = new Date(from / 1000);
  const first = start.getUTCFullYear() * 12 + start.getUTCMonth();
  for (let month = Math.floor(first / step.months) * step.months; ; month += step.months) {
    const t = Date.UTC(Math.floor(month / 12), month % 12, 1) * 1000;
    if (t > to) return out;
    if (t >= from) out.push(t);
  }
}

/** Indices of bars that begin a new step, far enough from each other. */
export function timeTicks(times: Float64Array, first: number, last: number, most: number): number[] {
  if (last <= first || times.length < 2) return last >= first ? [first] : [];
  const from = times[first];
  const to = times[last];
  const fewest = (last - first) / Math.max(most, 1);
  for (const step of STEPS) {
    if ((to - from) / step.us > 4000) continue;
    const ticks: number[] = [];
    for (const boundary of boundaries(step, from, to)) {
      const index = lowerBound(times, boundary);
      if (index <= last && index !== ticks[ticks.length - 1]) ticks.push(index);
    }
    if (ticks.length <= most) {
      return ticks.filter((index, i) => i === 0 || index - ticks[i - 1] >= fewest * 0.55);
    }
  }
  return [first];
}

/**
 * What a tick begins: a year, a month, a day or a time of day. `before` is the stamp of the tick before it, for the first
 * one of the bar before it; `gap` is the usual distance of ticks.
 */
export function tickLabel(time: number, before: number | null, gap: number): string {
  const date = new Date(time / 1000);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  if (before === null) return gap > 300 * US.day ? String(date.getUTCFullYear()) : day;
  const previous = new Date(before / 1000);
  if (date.getUTCFullYear() !== previous.getUTCFullYear()) return String(date.getUTCFullYear());
  if (date.getUTCMonth() !== previous.getUTCMonth()) return gap > 20 * US.day ? MONTHS[date.getUTCMonth()] : day;
  if (date.getUTCDate() !== previous.getUTCDate()) return day;
  const clock = `${String(date.getUTCHours()).padStart(2, "0")}:${String(date.getUTCMinutes()).padStart(2, "0")}`;
  return gap < US.minute ? `${clock}:${String(date.getUTCSeconds()).padStart(2, "0")}` : clock;
}
