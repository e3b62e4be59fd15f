// Every metric with its convention: on hover, or written out for all of them at once.
import type { MetricInfo, Report } from "./data";
import { button, element, section } from "./dom";
import * as format from "./format";

/** Metrics whose sign is good or bad news. */
const TONED = new Set([
  "total_return", "cagr", "annual_return", "sharpe", "sortino", "calmar", "expectancy", "average_trade", "excess_return",
  "alpha", "information_ratio", "gain_to_pain", "max_drawdown", "sqn", "kelly", "recovery_factor", "ulcer_performance",
]);

function row(report: Report, info: MetricInfo): HTMLElement[] {
  const { metrics, undefined_metrics: reasons, conventions } = report.result;
  const value = metrics[info.name] ?? null;
  const convention = conventions.definitions[info.name] ?? "";
  const reason = reasons[info.name];
  const tone = TONED.has(info.name) ? format.tone(value) : "";
  const cell = element(
    "td",
    {
      class: `value ${tone}`,
      "data-metric": info.name,
      "data-value": value === null ? "" : String(value),
      title: value === null ? reason : String(value),
    },
    format.metric(info, value),
  );
  const head = element("th", { scope: "row", title: convention }, info.title);
  if (value === null && reason) head.append(element("span", { class: "reason" }, reason));
  return [
    element("tr", { class: "metric" }, head, cell),
    element("tr", { class: "convention" }, element("td", { colspan: 2 }, convention)),
  ];
}

export function metricSection(report: Report): HTMLElement {
  const groups = element("div", { class: "metric-groups" });
  for (const { title, metrics } of report.metricGroups) {
    const rows = metrics.flatMap((info) => row(report, info));
    groups.append(
      element(
        "table",
        { class: "metric-group" },
        element("caption", {}, title),
        element("tbody", {}, ...rows),
      ),
    );
  }
  const toggle = button("How computed", "Show how each metric is computed", () => {
    const on = groups.classList.toggle("with-conventions");
    toggle.setAttribute("aria-pressed", String(on));
  });
  toggle.setAttribute("aria-pressed", "false");
  const { conventions, data } = report.result;
  const note =
    `Annualised with ${conventions.periods_per_year} periods a year (${conventions.periods_per_year_reason}); ` +
    `risk-free rate ${format.percent(conventions.risk_free)} a year; ${format.number(data.rows, 0)} returns, one per bar; ` +
    `conventions: ${conventions.name}. Point at a value for all its digits, at a name for how it is computed.`;
  return section("metrics", "Metrics", element("div", { class: "toolbar" }, toggle), element("p", { class: "note" }, note), groups);
}
