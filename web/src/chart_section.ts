// The three charts above each other, their lines of values, and the buttons that move them.
import { buyAndHold, drawdownChart, drawdownOf, EquityChart } from "./account_charts";
import { Hover, type Shared } from "./chart_frame";
import type { Report } from "./data";
import { button, choice, element, section } from "./dom";
import * as format from "./format";
import { navigator } from "./navigator";
import { PriceChart, tradeAt } from "./price_chart";
import { lowerBound } from "./time_ticks";
import { View } from "./view";

const DAY_US = 86_400e6;
const RANGES: { label: string; title: string; days: number }[] = [
  { label: "1D", title: "the last day", days: 1 },
  { label: "1W", title: "the last week", days: 7 },
  { label: "1M", title: "the last month", days: 30.44 },
  { label: "3M", title: "the last three months", days: 91.3 },
  { label: "1Y", title: "the last year", days: 365.25 },
  { label: "3Y", title: "the last three years", days: 1095.75 },
  { label: "10Y", title: "the last ten years", days: 3652.5 },
];

/** A name, and below it the values at the bar under the pointer. */
function caption(name: string): { line: HTMLElement; values: HTMLElement } {
  const values = element("span", { class: "chart-values" });
  return { line: element("div", { class: "chart-caption" }, element("h3", {}, name), values), values };
}

function value(label: string, text: string, className = ""): HTMLElement {
  return element("span", { class: `chart-value ${className}` }, element("i", {}, label), text);
}

function keys(label: string, swatch: string): HTMLElement {
  return element("span", { class: "key" }, element("i", { class: `swatch ${swatch}` }), label);
}

export class ChartSection {
  readonly element: HTMLElement;
  readonly view: View;
  private readonly hover = new Hover();
  private readonly dateOnly: boolean;
  private readonly benchmark: Float64Array;
  private readonly benchmarkDrawdown: Float64Array;
  private price?: PriceChart;
  private readonly body = element("div", {
    class: "charts",
    tabindex: "0",
    role: "group",
    "aria-label": "Charts. Arrow keys move, plus and minus zoom, Home shows the whole run.",
  });

  constructor(
    private readonly report: Report,
    private readonly chooseTrade: (trade: number) => void,
  ) {
    const { bars, result } = report;
    this.view = new View(bars.close.length);
    this.dateOnly = format.onlyDates(bars.time);
    this.benchmark = buyAndHold(bars, result.broker.cash);
    this.benchmarkDrawdown = drawdownOf(this.benchmark, result.broker.cash);
    this.element = section("charts", "Run", this.toolbar(), this.note(), this.body);
    this.bindKeys();
  }

  /** Draws the charts; the section must be in the page by then, because charts are as wide as their place. */
  start(): void {
    const { bars, marked: trades } = this.report;
    const shared: Shared = {
      view: this.view,
      hover: this.hover,
      time: bars.time,
      index: Float64Array.from(bars.close, (_, i) => i),
    };
    const places = ["price-chart", "equity-chart", "drawdown-chart"].map((id) => element("div", { id, class: "chart" }));
    const captions = [caption(this.report.trades.symbol ? "Equal-weight index" : "Price"), caption("Equity"), caption("Drawdown")];
    const marks = this.tradeKeys();
    const strip = element("span", { class: "keys" }, keys("", "mark-strip"), "");
    captions[0].line.append(marks, strip);
    captions[1].line.append(
      element("span", { class: "keys" }, keys("strategy", "line-accent"), keys("buy and hold", "line-benchmark")),
    );
    let equity: EquityChart | undefined;
    captions[1].line.append(
      choice("Equity axis", ["linear", "log"], "linear", (scale) => equity?.setLogarithmic(scale === "log")),
    );
    captions.forEach(({ line }, i) => this.body.append(line, places[i]));
    this.body.append(navigator(this.view, bars.equity));
    const tall = innerWidth > 700;
    this.price = new PriceChart(places[0], shared, bars, trades, this.chooseTrade, tall ? 340 : 240);
    equity = new EquityChart(places[1], shared, bars.equity, this.benchmark, tall ? 210 : 170);
    drawdownChart(places[2], shared, bars.drawdown, this.benchmarkDrawdown, tall ? 150 : 130);
    const show = () => this.showValues(captions.map(({ values }) => values));
    this.hover.onChange(show);
    this.view.onChange(show);
    show();
    // Which of the two the chart drew is known once it has drawn, which it does after this turn of the event loop.
    new MutationObserver(() => this.showKeys(places[0], marks, strip)).observe(places[0], {
      attributeFilter: ["data-trades-as", "data-trades-drawn"],
    });
    this.showKeys(places[0], marks, strip);
  }

  /** Brings a trade into view with as much again on both sides, and marks it. */
  showTrade(trade: number): void {
    const { trades, bars } = this.report;
    const from = trades.entryBar[trade] / bars.perPoint;
    const to = trades.exitBar[trade] / bars.perPoint;
    const air = Math.max((to - from) * 0.8, 25);
    if (trade < this.report.marked.count) this.price?.select(trade);
    this.view.set(from - air, to + air);
  }

  select(trade: number): void {
    if (trade < this.report.marked.count) this.price?.select(trade);
  }

  private toolbar(): HTMLElement {
    const { time } = this.report.bars;
    const end = time[time.length - 1];
    const length = end - time[0];
    const bar = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Range" });
    const median = length / Math.max(time.length - 1, 1);
    for (const { label, title, days } of RANGES) {
      const wanted = days * DAY_US;
      if (wanted >= length * 0.95 || wanted < median * 12) continue;
      bar.append(
        button(label, `Show ${title}`, () => this.view.set(lowerBound(time, end - wanted) - 0.5, this.view.high)),
      );
    }
    bar.append(button("All", "Show the whole run (Home)", () => this.view.reset()));
    return bar;
  }

  private note(): HTMLElement | null {
    const { perPoint, count } = this.report.bars;
    if (perPoint === 1) return null;
    const text =
      `Charts show ${format.number(count, 0)} bars joined ${perPoint} at a time (first open, highest high, lowest low, ` +
      "last close, deepest drawdown). Trades, metrics and returns by month come from every bar.";
    return element("p", { class: "note", id: "joined-bars" }, text);
  }

  private tradeKeys(): HTMLElement {
    const { marked: trades } = this.report;
    const list = element("span", { class: "keys" });
    if (trades.short.some((side) => side === 0)) list.append(keys("buy", "mark-buy"));
    if (trades.short.some((side) => side === 1)) list.append(keys("sell short", "mark-short"));
    if (trades.count > 0) list.append(keys("exit with gain", "mark-gain"), keys("with loss", "mark-loss"));
    return list;
  }

  /** Says what the strip is where the trades are too many for marks. */
  private showKeys(place: HTMLElement, marks: HTMLElement, strip: HTMLElement): void {
    const dense = place.dataset.tradesAs === "strip";
    marks.hidden = dense;
    strip.hidden = !dense;
    if (dense) strip.lastChild?.replaceWith(`${format.number(Number(place.dataset.tradesDrawn), 0)} trades, by gain and loss; zoom in for their marks`);
  }

  private showValues(lines: HTMLElement[]): void {
    const { bars } = this.report;
    const i = this.hover.index ?? this.view.last;
    const price = (x: number) => format.number(x, bars.priceDecimals);
    const change = i > 0 ? bars.close[i] / bars.close[i - 1] - 1 : NaN;
    lines[0].replaceChildren(
      value("", format.time(bars.time[i], this.dateOnly), "when"),
      value("O", price(bars.open[i])),
      value("H", price(bars.high[i])),
      value("L", price(bars.low[i])),
      value("C", price(bars.close[i])),
      value("", format.signedPercent(change), format.tone(change)),
      ...this.tradeValues(i),
    );
    lines[1].replaceChildren(
      value("strategy", format.number(bars.equity[i], 2), "accent"),
      value("buy and hold", format.number(this.benchmark[i], 2)),
    );
    lines[2].replaceChildren(
      value("strategy", format.percent(bars.drawdown[i]), "bad"),
      value("buy and hold", format.percent(this.benchmarkDrawdown[i])),
    );
  }

  private tradeValues(i: number): HTMLElement[] {
    const { marked: trades, bars } = this.report;
    const trade = this.hover.index === null ? -1 : tradeAt(trades, i * bars.perPoint);
    if (trade < 0) return [];
    const side = trades.short[trade] ? "short" : "long";
    const result = trades.returns[trade];
    return [
      value(`trade ${trade + 1}`, `${side} ${format.quantity(trades.quantity[trade])}`),
      value("", format.signedPercent(result), format.tone(result)),
    ];
  }

  private bindKeys(): void {
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.view.pan(-0.15),
      ArrowRight: () => this.view.pan(0.15),
      "+": () => this.view.zoom(0.7),
      "=": () => this.view.zoom(0.7),
      "-": () => this.view.zoom(1 / 0.7),
      Home: () => this.view.reset(),
      "0": () => this.view.reset(),
    };
    this.body.addEventListener("keydown", (event) => {
      const action = actions[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.body) return;
      event.preventDefault();
      action();
    });
  }
}
