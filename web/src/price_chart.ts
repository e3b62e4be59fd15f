// Price with the trades marked: candles where there is room for them, else the close within the range of each pixel.
import type uPlot from "uplot";
import { decimalsOf, frame, type Shared } from "./chart_frame";
import type { Bars, Trades } from "./data";
import * as format from "./format";
import { colour } from "./theme";
import { lowerBound } from "./time_ticks";

const CANDLE_PIXELS = 3; // a bar narrower than this is no candle any more
const PIXELS_PER_TRADE = 3; // with less room, marks would hide the price: trades then stand as a strip below it
const STRIP = 9; // CSS pixels

/** Canvas coordinates of the plot: multiplications instead of a call for each of a million bars. */
interface Plane {
  x: (index: number) => number;
  y: (price: number) => number;
  pixelsPerBar: number; // canvas pixels
  ratio: number; // canvas pixels per CSS pixel
}

function planeOf(u: uPlot): Plane {
  const { left, top, width, height } = u.bbox;
  const xMin = u.scales.x.min as number;
  const yMin = u.scales.y.min as number;
  const xScale = width / ((u.scales.x.max as number) - xMin);
  const yScale = height / ((u.scales.y.max as number) - yMin);
  return {
    x: (index) => left + (index - xMin) * xScale,
    y: (price) => top + height - (price - yMin) * yScale,
    pixelsPerBar: xScale,
    ratio: devicePixelRatio || 1,
  };
}

function drawCandles(ctx: CanvasRenderingContext2D, plane: Plane, bars: Bars, first: number, last: number): void {
  const body = Math.max(1, Math.round(plane.pixelsPerBar * 0.68));
  const wick = Math.max(1, Math.round(plane.ratio));
  for (const rising of [true, false]) {
    ctx.fillStyle = colour(rising ? "candle-up" : "candle-down");
    for (let i = first; i <= last; ++i) {
      if (bars.close[i] >= bars.open[i] !== rising || Number.isNaN(bars.close[i])) continue;
      const centre = plane.x(i);
      const high = Math.round(plane.y(bars.high[i]));
      const low = Math.round(plane.y(bars.low[i]));
      ctx.fillRect(Math.round(centre - wick / 2), high, wick, Math.max(1, low - high));
      const top = Math.round(plane.y(Math.max(bars.open[i], bars.close[i])));
      const bottom = Math.round(plane.y(Math.min(bars.open[i], bars.close[i])));
      ctx.fillRect(Math.round(centre - body / 2), top, body, Math.max(wick, bottom - top));
    }
  }
}

/** Range of lows and highs of each pixel column as a band, closes as a line. */
function drawLine(ctx: CanvasRenderingContext2D, plane: Plane, bars: Bars, first: number, last: number): void {
  const line = new Path2D();
  const band = new Path2D();
  const width = Math.max(1, Math.ceil(plane.pixelsPerBar));
  let started = false;
  for (let i = first; i <= last; ) {
    const column = Math.floor(plane.x(i));
    let low = Infinity;
    let high = -Infinity;
    let lowClose = Infinity;
    let highClose = -Infinity;
    let open = NaN;
    let close = NaN;
    for (; i <= last && Math.floor(plane.x(i)) === column; ++i) {
      const value = bars.close[i];
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(open)) open = value;
      close = value;
      if (bars.low[i] < low) low = bars.low[i];
      if (bars.high[i] > high) high = bars.high[i];
      if (value < lowClose) lowClose = value;
      if (value > highClose) highClose = value;
    }
    if (Number.isNaN(close)) {
      started = false;
      continue;
    }
    const top = plane.y(high);
    band.rect(column, top, width, Math.max(1, plane.y(low) - top));
    if (started) line.lineTo(column, plane.y(open));
    else line.moveTo(column, plane.y(open));
    if (highClose > lowClose) {
      line.lineTo(column, plane.y(highClose));
      line.lineTo(column, plane.y(lowClose));
      line.lineTo(column, plane.y(close));
    }
    started = true;
  }
  ctx.fillStyle = colour("price-band");
  ctx.fill(band);
  ctx.strokeStyle = colour("price-line");
  ctx.lineWidth = 1.25 * plane.ratio;
  ctx.lineJoin = "round";
  ctx.stroke(line);
}

function triangle(path: Path2D, x: number, y: number, size: number, up: boolean): void {
  const tip = up ? 1 : -1;
  path.moveTo(x, y + tip * 2);
  path.lineTo(x - size * 0.8, y + tip * (size * 1.5 + 2));
  path.lineTo(x + size * 0.8, y + tip * (size * 1.5 + 2));
  path.closePath();
}

function dot(path: Path2D, x: number, y: number, radius: number): void {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

/** Index of the first trade that reaches into the view; trades follow each other, so the list is sorted both ways. */
const firstTrade = (trades: Trades, bar: number): number => lowerBound(trades.exitBar, bar);

/** The trade held at a bar; -1 if there is none. */
export function tradeAt(trades: Trades, bar: number): number {
  const i = firstTrade(trades, bar);
  return i < trades.count && trades.entryBar[i] <= bar ? i : -1;
}

export class PriceChart {
  selected = -1;
  private readonly chart: uPlot;

  constructor(
    private readonly place: HTMLElement,
    private readonly shared: Shared,
    private readonly bars: Bars,
    private readonly trades: Trades,
    choose: (trade: number) => void,
    height: number,
  ) {
    this.chart = frame(place, shared, {
      height,
      timeAxis: false,
      series: [{ label: "close", paths: () => null, points: { show: false } }],
      data: () => [bars.close],
      yRange: () => this.range(),
      yLabels: (values, step) => values.map((value) => format.number(value, decimalsOf(step))),
      draw: (u) => this.draw(u),
      click: (index) => choose(tradeAt(trades, index * bars.perPoint)),
    });
  }

  /** Marks one trade, or none with -1. */
  select(trade: number): void {
    this.selected = trade;
    this.chart.redraw(false, false);
  }

  private range(): [number, number] {
    const { first, last } = this.shared.view;
    let low = Infinity;
    let high = -Infinity;
    for (let i = first; i <= last; ++i) {
      if (this.bars.low[i] < low) low = this.bars.low[i];
      if (this.bars.high[i] > high) high = this.bars.high[i];
    }
    if (!(low <= high)) return [0, 1];
    const air = (high - low) * 0.07 || Math.abs(high) * 0.01 || 1;
    return [low - air, high + air];
  }

  private draw(u: uPlot): void {
    const ctx = u.ctx;
    const plane = planeOf(u);
    const { first, last } = this.shared.view;
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    this.drawSelection(u, plane);
    if (plane.pixelsPerBar >= CANDLE_PIXELS * plane.ratio) drawCandles(ctx, plane, this.bars, first, last);
    else drawLine(ctx, plane, this.bars, first, last);
    this.drawTrades(ctx, plane);
    ctx.restore();
  }

  private drawSelection(u: uPlot, plane: Plane): void {
    if (this.selected < 0) return;
    const { entryBar, exitBar } = this.trades;
    const left = plane.x(entryBar[this.selected] / this.bars.perPoint - 0.5);
    const right = plane.x(exitBar[this.selected] / this.bars.perPoint + 0.5);
    u.ctx.fillStyle = colour("selection");
    u.ctx.fillRect(left, u.bbox.top, Math.max(right - left, 2), u.bbox.height);
  }

  private drawTrades(ctx: CanvasRenderingContext2D, plane: Plane): void {
    const { trades, bars } = this;
    const { min, max } = this.shared.view;
    const perPoint = bars.perPoint;
    const start = firstTrade(trades, min * perPoint);
    let end = start;
    while (end < trades.count && trades.entryBar[end] <= max * perPoint) ++end;
    const inView = end - start;
    const dense = inView * PIXELS_PER_TRADE * plane.ratio > this.chart.bbox.width;
    if (dense) this.drawStrip(ctx, plane, start, end);
    else this.drawMarks(ctx, plane, start, end);
    this.place.dataset.tradesAs = dense ? "strip" : "marks";
    this.place.dataset.tradesDrawn = String(inView);
  }

  private drawMarks(ctx: CanvasRenderingContext2D, plane: Plane, start: number, end: number): void {
    const { trades } = this;
    const perPoint = this.bars.perPoint;
    const inView = end - start;
    const size = (inView <= 60 ? 6 : inView <= 200 ? 4.5 : 3.4) * plane.ratio;
    const marks = { buy: new Path2D(), short: new Path2D(), gain: new Path2D(), loss: new Path2D() };
    const lines = { gain: new Path2D(), loss: new Path2D() };
    for (let i = start; i < end; ++i) {
      const from = { x: plane.x(trades.entryBar[i] / perPoint), y: plane.y(trades.entryPrice[i]) };
      const to = { x: plane.x(trades.exitBar[i] / perPoint), y: plane.y(trades.exitPrice[i]) };
      const result = trades.pnl[i] >= 0 ? "gain" : "loss";
      lines[result].moveTo(from.x, from.y);
      lines[result].lineTo(to.x, to.y);
      if (trades.short[i]) triangle(marks.short, from.x, from.y, size, false);
      else triangle(marks.buy, from.x, from.y, size, true);
      if (!trades.open[i]) dot(marks[result], to.x, to.y, size * 0.62);
    }
    ctx.lineWidth = 1.5 * plane.ratio;
    ctx.setLineDash([3 * plane.ratio, 3 * plane.ratio]);
    for (const result of ["gain", "loss"] as const) {
      ctx.strokeStyle = colour(result === "gain" ? "good" : "bad");
      ctx.stroke(lines[result]);
    }
    ctx.setLineDash([]);
    ctx.lineWidth = plane.ratio;
    ctx.strokeStyle = colour("card");
    const colours = { gain: "good", loss: "bad", buy: "buy", short: "short" } as const;
    for (const kind of ["gain", "loss", "buy", "short"] as const) {
      ctx.fillStyle = colour(colours[kind]);
      ctx.stroke(marks[kind]);
      ctx.fill(marks[kind]);
    }
  }

  /** Time in trades, coloured by the sum of what the trades that ended in each pixel made. */
  private drawStrip(ctx: CanvasRenderingContext2D, plane: Plane, start: number, end: number): void {
    const { trades } = this;
    const perPoint = this.bars.perPoint;
    const { top, height } = this.chart.bbox;
    const y = top + height - STRIP * plane.ratio;
    for (let i = start; i < end; ) {
      const left = Math.floor(plane.x(trades.entryBar[i] / perPoint));
      let right = left;
      let sum = 0;
      for (; i < end && Math.floor(plane.x(trades.entryBar[i] / perPoint)) === left; ++i) {
        right = plane.x(trades.exitBar[i] / perPoint);
        sum += trades.pnl[i];
      }
      ctx.fillStyle = colour(sum >= 0 ? "good" : "bad");
      ctx.fillRect(left, y, Math.max(right - left, plane.ratio), STRIP * plane.ratio);
    }
  }
}
