// The strip below the charts: the whole run in small, with a window that can be moved and resized.
import { AXIS_WIDTH } from "./chart_frame";
import { element } from "./dom";
import { colour, onThemeChange } from "./theme";
import type { View } from "./view";

const HEIGHT = 40;
const GRIP = 9; // CSS pixels at each edge that resize

function drawShape(ctx: CanvasRenderingContext2D, values: Float64Array, width: number, height: number): void {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = (height - 6) / (high - low || 1);
  ctx.beginPath();
  ctx.moveTo(0, height);
  for (let x = 0; x <= width; ++x) {
    const index = Math.min(values.length - 1, Math.round((x / width) * (values.length - 1)));
    ctx.lineTo(x, height - 3 - (values[index] - low) * scale);
  }
  ctx.lineTo(width, height);
  ctx.fillStyle = colour("navigator");
  ctx.fill();
}

export function navigator(view: View, values: Float64Array): HTMLElement {
  const canvas = element("canvas");
  const window_ = element("div", { class: "navigator-window" });
  const strip = element(
    "div",
    { class: "navigator", style: `margin-right:${AXIS_WIDTH}px;height:${HEIGHT}px`, "aria-hidden": "true" },
    canvas,
    window_,
  );
  const whole = view.high - view.low;
  const place = () => {
    window_.style.left = `${((view.min - view.low) / whole) * 100}%`;
    window_.style.width = `${(view.span / whole) * 100}%`;
  };
  const draw = () => {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(strip.clientWidth * ratio));
    canvas.height = HEIGHT * ratio;
    const ctx = canvas.getContext("2d");
    if (ctx) drawShape(ctx, values, canvas.width, canvas.height);
  };
  view.onChange(place);
  onThemeChange(draw);
  new ResizeObserver(draw).observe(strip);
  place();

  let grab: { x: number; min: number; max: number; left: boolean; right: boolean } | null = null;
  strip.addEventListener("pointerdown", (event) => {
    const box = window_.getBoundingClientRect();
    const inside = event.clientX >= box.left - GRIP && event.clientX <= box.right + GRIP;
    if (!inside || view.isWhole) {
      const at = view.low + ((event.clientX - strip.getBoundingClientRect().left) / strip.clientWidth) * whole;
      const span = view.isWhole ? whole / 5 : view.span;
      view.set(at - span / 2, at + span / 2);
    }
    const left = inside && !view.isWhole && event.clientX < box.left + GRIP;
    const right = inside && !view.isWhole && event.clientX > box.right - GRIP;
    grab = { x: event.clientX, min: view.min, max: view.max, left, right };
    strip.setPointerCapture(event.pointerId);
  });
  strip.addEventListener("pointermove", (event) => {
    if (!grab) return;
    const moved = ((event.clientX - grab.x) / strip.clientWidth) * whole;
    if (grab.left) view.set(Math.min(grab.min + moved, grab.max - 8), grab.max);
    else if (grab.right) view.set(grab.min, Math.max(grab.max + moved, grab.min + 8));
    else view.set(grab.min + moved, grab.max + moved);
  });
  for (const end of ["pointerup", "pointercancel"] as const) strip.addEventListener(end, () => (grab = null));
  return strip;
}
