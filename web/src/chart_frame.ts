// What the charts have in common: the shared range, the shared cursor, axes, and the ways to move about.
import uPlot from "uplot";
import { colour, onThemeChange } from "./theme";
import { tickLabel, timeTicks } from "./time_ticks";
import type { View } from "./view";

export const AXIS_WIDTH = 64;
const LABEL_FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The bar under the pointer, for every chart's line of values; null: none. */
export class Hover {
  index: number | null = null;
  private readonly listeners: (() => void)[] = [];
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
  set(index: number | null): void {
    if (index === this.index) return;
    this.index = index;
    for (const listener of this.listeners) listener();
  }
}

export interface Shared {
  view: View;
  hover: Hover;
  time: Float64Array;
  index: Float64Array; // 0, 1, 2, ...: the x of every chart
}

export interface FrameOptions {
  height: number;
  timeAxis: boolean;
  series: uPlot.Series[];
  data: () => (Float64Array | (number | null)[])[];
  yRange: (u: uPlot, low: number, high: number) => [number, number];
  yTicks?: uPlot.Axis.Splits;
  yLabels: (values: number[], step: number) => string[];
  draw?: (u: uPlot) => void;
  click?: (index: number) => void;
}

/** Decimals that tell ticks `step` apart. */
export const decimalsOf = (step: number): number => Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));

/** Labels of time ticks; none where half of it would lie outside the chart. */
function timeLabels(u: uPlot, time: Float64Array, splits: number[]): string[] {
  const gap = splits.length > 1 ? (time[splits[splits.length - 1]] - time[splits[0]]) / (splits.length - 1) : Infinity;
  return splits.map((index, i) => {
    if (u.valToPos(index, "x") < 18) return "";
    const before = i > 0 ? time[splits[i - 1]] : index > 0 ? time[index - 1] : null;
    return tickLabel(time[index], before, gap);
  });
}

function axes(shared: Shared, options: FrameOptions): uPlot.Axis[] {
  const common = {
    stroke: () => colour("muted"),
    grid: { stroke: () => colour("grid"), width: 1 },
    ticks: { show: false },
    font: LABEL_FONT,
  };
  return [
    {
      ...common,
      show: true,
      size: options.timeAxis ? 28 : 0,
      gap: 6,
      splits: (u) => timeTicks(shared.time, shared.view.first, shared.view.last, Math.max(2, u.width / 92)),
      values: (u, splits) => (options.timeAxis ? timeLabels(u, shared.time, splits) : splits.map(() => "")),
    },
    {
      ...common,
      side: 1,
      size: AXIS_WIDTH,
      gap: 8,
      space: 34,
      splits: options.yTicks,
      values: (_u, splits, _axis, _space, step) => options.yLabels(splits, step),
    },
  ];
}

/** Shift and drag, Ctrl and wheel, one finger, two fingers. A plain drag chooses a range; a plain wheel scrolls the page. */
function bindPointers(u: uPlot, view: View): void {
  const over = u.over;
  const at = (x: number) => u.posToVal(x - over.getBoundingClientRect().left, "x");
  over.addEventListener(
    "wheel",
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(event.deltaY * 0.0025), at(event.clientX));
      else if (sideways || event.shiftKey) view.pan((sideways ? event.deltaX : event.deltaY) / over.clientWidth);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );

  const fingers = new Map<number, number>();
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && !event.shiftKey) return;
    fingers.set(event.pointerId, event.clientX);
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    if (others.length === 0) {
      view.pan((before - event.clientX) / over.clientWidth);
    } else {
      const gap = Math.max(8, Math.abs(event.clientX - others[0]));
      view.zoom(Math.max(8, Math.abs(before - others[0])) / gap, at((event.clientX + others[0]) / 2));
    }
    fingers.set(event.pointerId, event.clientX);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    over.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}

/** A chart in `place`, as wide as it, which follows the view. */
export function frame(place: HTMLElement, shared: Shared, options: FrameOptions): uPlot {
  const { view, hover } = shared;
  let active = false;
  const chart = new uPlot(
    {
      width: Math.max(place.clientWidth, 240),
      height: options.height,
      padding: [8, 0, options.timeAxis ? 0 : 4, 0],
      legend: { show: false },
      scales: { x: { time: false, range: () => [view.min, view.max] }, y: { range: options.yRange } },
      axes: axes(shared, options),
      series: [{}, ...options.series],
      cursor: {
        sync: { key: "peak", scales: ["x", null] },
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: {
          mousedown: (_u, _target, handler) => (event) => (event.shiftKey ? null : handler(event)),
          dblclick: () => () => {
            view.reset();
            return null;
          },
        },
      },
      hooks: {
        draw: options.draw ? [options.draw] : [],
        setCursor: [(u) => active && hover.set(u.cursor.idx ?? null)],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (active && width > 4) view.set(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
          },
        ],
      },
    },
    [shared.index, ...options.data()] as uPlot.AlignedData,
    place,
  );
  chart.over.addEventListener("pointerenter", () => (active = true));
  chart.over.addEventListener("pointerleave", () => {
    active = false;
    hover.set(null);
  });
  const click = options.click;
  if (click) {
    chart.over.addEventListener("click", () => {
      const index = chart.cursor.idx;
      if (index !== null && index !== undefined) click(index);
    });
  }
  bindPointers(chart, view);
  view.onChange(() => chart.setScale("x", { min: view.min, max: view.max }));
  onThemeChange(() => chart.redraw(false, true));
  new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width > 0 && width !== chart.width) chart.setSize({ width, height: options.height });
  }).observe(place);
  return chart;
}
