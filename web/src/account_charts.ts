// Equity against buy and hold, and the drawdown below it.
import uPlot from "uplot";
import { decimalsOf, frame, type Shared } from "./chart_frame";
import type { Bars } from "./data";
import * as format from "./format";
import { colour } from "./theme";

/** What buying at the first close and holding would have made of the same cash, at each close. */
export function buyAndHold(bars: Bars, cash: number): Float64Array {
  const held = new Float64Array(bars.close.length);
  let base = NaN;
  let mark = NaN;
  for (let i = 0; i < held.length; ++i) {
    if (!Number.isNaN(bars.close[i])) mark = bars.close[i];
    if (Number.isNaN(base)) base = mark;
    held[i] = (cash * mark) / base;
  }
  return held;
}

export function drawdownOf(values: Float64Array, start: number): Float64Array {
  const out = new Float64Array(values.length);
  let peak = start;
  for (let i = 0; i < values.length; ++i) {
    if (values[i] > peak) peak = values[i];
    out[i] = values[i] / peak - 1;
  }
  return out;
}

/** Round values between low and high for a logarithmic axis: 1, 2, 5 of each power, or even steps when they are close. */
function logTicks(low: number, high: number, most: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
    for (const digit of [1, 2, 5]) {
      const value = digit * 10 ** power;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  if (ticks.length > most) return ticks.filter((value) => /^1e/.test(value.toExponential(0)));
  if (ticks.length >= 3) return ticks;
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((digit) => digit * power >= rough) ?? 10) * power;
  const even: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; ++n) even.push(n * step);
  return even;
}

const smallestStep = (values: number[]): number =>
  values.reduce((step, value, i) => (i === 0 ? step : Math.min(step, Math.abs(value - values[i - 1]))), Infinity);

/** Money on an axis: 12,500 or 12.5M. */
function money(value: number, step: number): string {
  if (Math.abs(value) >= 1e9) return `${format.number(value / 1e9, 2)}B`;
  if (Math.abs(value) >= 1e7) return `${format.number(value / 1e6, step < 1e5 ? 2 : 1)}M`;
  return format.number(value, Number.isFinite(step) ? decimalsOf(step) : 0);
}

function faded(name: string): (u: uPlot) => CanvasGradient | string {
  return (u) => {
    const { top, height } = u.bbox;
    if (!Number.isFinite(top + height) || height <= 0) return "transparent";
    const gradient = u.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, colour(`${name}-top`));
    gradient.addColorStop(1, colour(`${name}-bottom`));
    return gradient;
  };
}

export class EquityChart {
  private logarithmic = false;
  private readonly chart: uPlot;

  constructor(
    place: HTMLElement,
    shared: Shared,
    private readonly equity: Float64Array,
    private readonly benchmark: Float64Array,
    height: number,
  ) {
    this.chart = frame(place, shared, {
      height,
      timeAxis: false,
      series: [
        { label: "buy and hold", stroke: () => colour("benchmark"), width: 1.25, points: { show: false } },
        { label: "equity", stroke: () => colour("accent"), width: 1.75, points: { show: false }, fill: faded("equity"), fillTo: (u) => u.scales.y.min as number },
      ],
      data: () => this.data(),
      yRange: (_u, low, high) => {
        if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
        const air = (high - low) * 0.08 || Math.abs(high) * 0.01 || 1;
        return [low - air, high + air];
      },
      yTicks: (_u, _axis, low, high, step) => this.ticks(low, high, step, height / 40),
      yLabels: (values, step) => {
        const shown = this.logarithmic ? values.map(Math.exp) : values;
        return shown.map((value) => money(value, this.logarithmic ? smallestStep(shown) * 1.0001 : step));
      },
    });
  }

  setLogarithmic(on: boolean): void {
    this.logarithmic = on;
    this.chart.setData([this.chart.data[0], ...this.data()] as uPlot.AlignedData, true);
  }

  /** A logarithmic axis is a plain one of logarithms; equity at or below zero has no place on it. */
  private data(): (Float64Array | (number | null)[])[] {
    const series = [this.benchmark, this.equity];
    if (!this.logarithmic) return series;
    return series.map((values) => Array.from(values, (value) => (value > 0 ? Math.log(value) : null)));
  }

  private ticks(low: number, high: number, step: number, most: number): number[] {
    if (this.logarithmic) return logTicks(Math.exp(low), Math.exp(high), most).map(Math.log);
    const ticks: number[] = [];
    for (let n = Math.ceil(low / step); n * step <= high; ++n) ticks.push(n * step);
    return ticks;
  }
}

export function drawdownChart(
  place: HTMLElement,
  shared: Shared,
  drawdown: Float64Array,
  benchmark: Float64Array,
  height: number,
): void {
  frame(place, shared, {
    height,
    timeAxis: true,
    series: [
      { label: "buy and hold", stroke: () => colour("benchmark"), width: 1, points: { show: false } },
      { label: "drawdown", stroke: () => colour("bad"), width: 1.25, points: { show: false }, fill: faded("drawdown"), fillTo: () => 0 },
    ],
    data: () => [benchmark, drawdown],
    yRange: (_u, low) => [Math.min(Number.isFinite(low) ? low * 1.08 : 0, -0.002), 0],
    yLabels: (values, step) => values.map((value) => `${format.number(value * 100, decimalsOf(step * 100))}%`),
  });
}
