// Returns by month and year as a heat map, and the deepest drawdowns.
import type { Drawdown, Report } from "./data";
import { element, section } from "./dom";
import * as format from "./format";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The size at which a colour is full: all but the wildest tenth lie below, so that one month does not pale the rest. */
function fullAt(values: (number | null)[]): number {
  const sizes = values.filter((value): value is number => value !== null).map(Math.abs).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length * 0.9)] || sizes[sizes.length - 1] || 1;
}

function heatCell(value: number | null, full: number, className: string): HTMLElement {
  const strength = value === null ? 0 : Math.min(Math.abs(value) / full, 1);
  return element(
    "td",
    {
      class: `${className} ${value === null ? "none" : value < 0 ? "heat bad-heat" : "heat good-heat"}`,
      style: value === null || value === 0 ? undefined : `--strength:${(8 + strength * 62).toFixed(0)}%`,
      "data-value": value === null ? "" : String(value),
      title: value === null ? undefined : format.percent(value, 4),
    },
    value === null ? "" : format.number(value * 100, Math.abs(value) >= 0.9995 ? 0 : 1),
  );
}

export function monthSection(report: Report): HTMLElement {
  const { years } = report;
  const monthFull = fullAt(years.flatMap((year) => year.months));
  const yearFull = fullAt(years.flatMap((year) => [year.total, year.benchmark]));
  const head = element("tr", {}, element("th", { scope: "col", class: "left" }, "Year"));
  for (const month of MONTHS) head.append(element("th", { scope: "col" }, month));
  head.append(
    element("th", { scope: "col", class: "year-total" }, "Year"),
    element("th", { scope: "col", title: "Buy and hold over the same year" }, "B&H"),
  );
  const rows = [...years].reverse().map((year) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", class: "left" }, String(year.year)),
      ...year.months.map((month) => heatCell(month, monthFull, "month")),
      heatCell(year.total, yearFull, "year-total"),
      heatCell(year.benchmark, yearFull, "benchmark"),
    ),
  );
  const table = element("table", { class: "heat-map", id: "month-table" }, element("thead", {}, head), element("tbody", {}, ...rows));
  return section(
    "months",
    "Returns by month",
    element("span", { class: "count" }, "percent, calendar months UTC"),
    element("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Returns by month" }, table),
  );
}

export function drawdownSection(report: Report, chosen: (fall: Drawdown) => void): HTMLElement | null {
  const dateOnly = format.onlyDates(report.bars.time);
  if (report.drawdowns.length === 0) return null;
  const head = element("tr", {}, ...["Depth", "Peak", "Trough", "Recovered", "Bars"].map((title, i) => element("th", { scope: "col", class: i > 0 && i < 4 ? "left" : "" }, title)));
  const rows = report.drawdowns.map((fall) => {
    const recovered = fall.recovery_bar < 0 ? "not yet" : format.time(fall.recovery_time, dateOnly);
    const cells = [
      element("td", { class: "bad" }, format.percent(fall.depth)),
      element("td", { class: "left" }, format.time(fall.peak_time, dateOnly)),
      element("td", { class: "left" }, format.time(fall.trough_time, dateOnly)),
      element("td", { class: "left" }, recovered),
      element("td", {}, format.number(fall.bars, 0)),
    ];
    const made = element("tr", { class: "choosable", tabindex: "0", title: "Show in the charts" }, ...cells);
    made.addEventListener("click", () => chosen(fall));
    made.addEventListener("keydown", (event) => event.key === "Enter" && chosen(fall));
    return made;
  });
  const table = element("table", { class: "plain", id: "drawdown-table" }, element("thead", {}, head), element("tbody", {}, ...rows));
  return section("drawdowns", "Deepest drawdowns", null, element("div", { class: "table-scroll" }, table));
}
