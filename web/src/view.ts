// The part of the run that all charts show: one range of points, moved by any of them.

export type Listener = () => void;

export class View {
  min: number;
  max: number;
  private readonly listeners: Listener[] = [];

  constructor(readonly count: number) {
    this.min = this.low;
    this.max = this.high;
  }

  /** Half a bar of air on both sides, so that the outer candles are whole. */
  get low(): number {
    return -0.5;
  }
  get high(): number {
    return Math.max(this.count - 0.5, 0.5);
  }
  get span(): number {
    return this.max - this.min;
  }
  get isWhole(): boolean {
    return this.min <= this.low && this.max >= this.high;
  }
  /** First and last point that can be seen. */
  get first(): number {
    return Math.max(0, Math.ceil(this.min));
  }
  get last(): number {
    return Math.min(this.count - 1, Math.floor(this.max));
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Shows [min, max], at least eight points of it, moved to lie inside the run. */
  set(min: number, max: number): void {
    const whole = this.high - this.low;
    const span = Math.min(Math.max(max - min, Math.min(8, whole)), whole);
    const centre = (min + max) / 2;
    const start = Math.min(Math.max(centre - span / 2, this.low), this.high - span);
    if (start === this.min && start + span === this.max) return;
    this.min = start;
    this.max = start + span;
    for (const listener of this.listeners) listener();
  }

  reset(): void {
    this.set(this.low, this.high);
  }
  /** factor < 1 zooms in; `around` stays where it is. */
  zoom(factor: number, around = (this.min + this.max) / 2): void {
    this.set(around - (around - this.min) * factor, around + (this.max - around) * factor);
  }
  /** By a share of what is shown; positive: later. */
  pan(share: number): void {
    const step = this.span * share;
    this.set(this.min + step, this.max + step);
  }
}
