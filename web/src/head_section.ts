// The top of the page: what was run, the numbers looked at first, and what the reader is warned of.
import type { MetricInfo, Report } from "./data";
import { button, element } from "./dom";
import * as format from "./format";
import { toggleTheme } from "./theme";

const SECTIONS = [
  ["charts", "Run"],
  ["months", "Months"],
  ["metrics", "Metrics"],
  ["trades", "Trades"],
  ["orders", "Orders"],
  ["reproduce", "Run it again"],
] as const;

export function topBar(): HTMLElement {
  const links = SECTIONS.map(([id, title]) => element("a", { href: `#${id}` }, title));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M1 14 6 4l3 5 2-3 4 8z");
  svg.append(path);
  const brand = element("span", { class: "brand" });
  brand.append(svg, "Peak Trade");
  return element(
    "div",
    { class: "top-bar" },
    brand,
    element("nav", { "aria-label": "Sections" }, ...links),
    button("\u25d0", "Light or dark", toggleTheme, "icon"),
  );
}

function chip(name: string, value: string): HTMLElement {
  return element("span", { class: "chip" }, element("i", {}, name), value);
}

export function headline(report: Report): HTMLElement {
  const { result } = report;
  const { data, broker } = result;
  const dateOnly = format.onlyDates(report.bars.time);
  const day = (text: string | null) => (text ? format.time(Date.parse(text) * 1000, dateOnly) : format.MISSING);
  const chips = element("div", { class: "chips" });
  for (const [name, value] of Object.entries(result.params)) chips.append(chip(name, String(value)));
  chips.append(
    chip("cash", format.number(broker.cash, 0)),
    chip("commission", format.percent(Number(broker.commission))),
    chip("slippage", format.percent(Number(broker.slippage))),
    chip("fill", format.words(String(broker.fill))),
    chip("size", String(broker.size)),
  );
  if (broker.size_step !== null) chips.append(chip("size step", String(broker.size_step)));
  for (const name of ["accumulate", "finalize"]) if (broker[name]) chips.append(chip(name, "yes"));
  if (broker.execution !== "rulebook") chips.append(chip("execution", String(broker.execution)));
  const source = data.path?.split(/[\\/]/).pop() ?? data.symbol ?? "bars in memory";
  return element(
    "div",
    { class: "headline" },
    element("h1", {}, report.title),
    element("p", {}, `${source} \u00b7 ${format.number(data.rows, 0)} bars \u00b7 ${day(data.start)} to ${day(data.end)}`),
    chips,
  );
}

interface Tile {
  metric: string;
  title?: string;
  note?: (metrics: Record<string, number | null>) => string;
  signed?: boolean;
}

const TILES: Tile[] = [
  { metric: "total_return", signed: true, note: (m) => `B&H ${format.signedPercent(m.benchmark_return ?? null)}` },
  { metric: "cagr", title: "CAGR", signed: true, note: (m) => `equity ${format.number(m.final_equity ?? null, 2)}` },
  { metric: "sharpe", note: (m) => `Sortino ${format.number(m.sortino ?? null, 2)}` },
  { metric: "max_drawdown", note: (m) => `Calmar ${format.number(m.calmar ?? null, 2)}` },
  { metric: "volatility", note: () => "per year" },
  { metric: "win_rate", note: (m) => `${format.number(m.closed_trades ?? null, 0)} closed trades` },
  { metric: "profit_factor", note: (m) => `expectancy ${format.number(m.expectancy ?? null, 2)}` },
  { metric: "exposure", note: (m) => `fees ${format.number(m.fees ?? null, 2)}` },
];

export function tiles(report: Report): HTMLElement {
  const { metrics, undefined_metrics: reasons } = report.result;
  const infos = new Map<string, MetricInfo>(report.metricGroups.flatMap((group) => group.metrics.map((info) => [info.name, info])));
  const made = TILES.filter((tile) => infos.has(tile.metric)).map((tile) => {
    const info = infos.get(tile.metric) as MetricInfo;
    const value = metrics[tile.metric] ?? null;
    const toned = tile.signed ? format.tone(value) : tile.metric === "max_drawdown" ? "bad" : "";
    const text = tile.signed ? format.signedPercent(value) : format.metric(info, value);
    return element(
      "div",
      { class: "tile", title: value === null ? reasons[tile.metric] : undefined },
      element("span", { class: "tile-title" }, tile.title ?? info.title),
      element("span", { class: `tile-value ${toned}` }, text),
      element("span", { class: "tile-note" }, tile.note?.(metrics) ?? ""),
    );
  });
  return element("div", { class: "tiles" }, ...made);
}

export function warnings(report: Report): HTMLElement | null {
  const texts = report.result.warnings;
  if (texts.length === 0) return null;
  const items = texts.map((text) => element("li", {}, text));
  return element("div", { class: "warnings", role: "note", "aria-label": "Warnings" }, element("ul", {}, ...items));
}
