// Orders that did not fill, and why; signals that did nothing.
import type { Report } from "./data";
import { element, section } from "./dom";
import * as format from "./format";
import { type Column, VirtualTable } from "./virtual_table";

/** What each reason means, in a sentence (docs/rule_book.md, rule 15). */
const MEANING: Record<string, string> = {
  no_cash: "not one unit could be paid",
  below_step: "less than one size step was affordable",
  below_minimum: "smaller than the smallest order",
  conflict: "signals contradicted each other",
  end_of_data: "decided on the last bar, nothing after it to fill at",
  no_price: "the price at which it would fill is missing",
  wrong_side: "the price was on the wrong side of the market",
  ruined: "the account had been liquidated",
  risk_limit: "over a risk limit",
  expired: "its time ran out",
  cancelled_by_oco: "the other order of the pair filled",
  invalid: "not a valid order",
};

export function orderSection(report: Report): HTMLElement {
  const { unfilled, result } = report;
  const { signals } = result;
  const counts = element("dl", { class: "facts" });
  const fact = (name: string, value: string) => counts.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  for (const [name, title] of [["entries", "Long entries"], ["exits", "Long exits"], ["short_entries", "Short entries"], ["short_exits", "Short exits"]]) {
    fact(title, format.number(signals[name], 0));
  }
  fact("Asked for what already was", format.number(signals.ignored, 0));
  fact("Contradicted each other", format.number(signals.conflicts, 0));
  for (const [reason, count] of Object.entries(result.unfilled_orders)) {
    fact(`Not filled: ${format.words(reason)}`, format.number(count, 0));
  }
  const caption = element("p", { class: "note" }, "Bars with a signal, and what became of those that did not lead to a fill.");
  if (unfilled.count === 0) {
    return section("orders", "Signals and orders", null, caption, counts, element("p", { class: "empty" }, "Every order filled."));
  }
  const dateOnly = format.onlyDates(report.bars.time);
  const code = (names: string[], codes: Float64Array) => (i: number) => format.words(names[codes[i]]);
  const columns: Column[] = [
    { key: "time", title: "decided", left: true, sort: (i) => unfilled.bar[i], text: (i) => format.time(unfilled.time[i], dateOnly) },
    { key: "bar", title: "bar", sort: (i) => unfilled.bar[i], text: (i) => format.number(unfilled.bar[i], 0) },
    {
      key: "order",
      title: "order",
      left: true,
      sort: (i) => unfilled.purpose[i],
      text: (i) => `${unfilled.sell[i] ? "sell" : "buy"} to ${unfilled.purposes[unfilled.purpose[i]]} ${unfilled.short[i] ? "short" : "long"}`,
    },
    { key: "status", title: "status", left: true, sort: code(unfilled.statuses, unfilled.status), text: code(unfilled.statuses, unfilled.status) },
    {
      key: "reason",
      title: "reason",
      left: true,
      sort: code(unfilled.reasons, unfilled.reason),
      text: (i) => {
        const reason = unfilled.reasons[unfilled.reason[i]];
        const meaning = MEANING[reason];
        return meaning ? `${format.words(reason)}: ${meaning}` : format.words(reason);
      },
    },
  ];
  const table = new VirtualTable("order-table", "Orders that did not fill", columns, unfilled.count);
  table.element.classList.add("short-scroll");
  const aside = element("span", { class: "count" }, `${format.number(unfilled.count, 0)} not filled`);
  return section("orders", "Signals and orders", aside, caption, counts, table.element);
}
