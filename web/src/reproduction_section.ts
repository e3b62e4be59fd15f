// How to run it again, and what identifies data, strategy and engine.
import type { Report } from "./data";
import { button, element, section } from "./dom";
import * as format from "./format";

function block(title: string, text: string, id: string): HTMLElement {
  const code = element("pre", { id, tabindex: "0" }, text);
  const copy = button("Copy", `Copy: ${title}`, async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // Without leave to use the clipboard the text is selected instead, ready for the keyboard.
      getSelection()?.selectAllChildren(code);
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return element("div", { class: "code" }, element("div", { class: "code-head" }, element("h3", {}, title), copy), code);
}

export function reproductionSection(report: Report): HTMLElement {
  const { result, reproduction } = report;
  const body = element("div", { class: "reproduction" });
  if (reproduction.source === "signals") {
    const text = "This run was made from signal arrays, which the page does not hold; the lines below need the same arrays.";
    body.append(element("p", { class: "note" }, text));
  } else {
    if (reproduction.source === "written") {
      const text = `Save the strategy shown here as ${result.strategy}.toml first.`;
      body.append(element("p", { class: "note" }, text));
    }
    body.append(block("Command", reproduction.command, "reproduce-command"));
  }
  body.append(block("Python", reproduction.python, "reproduce-python"));
  if (reproduction.strategy) {
    const details = element("details", { open: reproduction.source === "written" }, element("summary", {}, "Strategy"));
    if (reproduction.description) details.append(element("p", { class: "note" }, reproduction.description));
    details.append(block("Strategy file", reproduction.strategy, "strategy-file"));
    body.append(details);
  }
  const { data, conventions, broker } = result;
  const facts = element("dl", { class: "facts identity" });
  const fact = (name: string, value: string) => facts.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  fact("Run", result.fingerprint);
  fact("Data", data.fingerprint);
  fact("Data file", data.path ?? "given in memory");
  fact("Bars", `${format.number(data.rows, 0)}, ${data.start ?? ""} to ${data.end ?? ""}`);
  fact("Broker", Object.entries(broker).map(([name, value]) => `${format.words(name)} ${value ?? "none"}`).join(", "));
  fact("Periods per year", `${conventions.periods_per_year}: ${conventions.periods_per_year_reason}`);
  fact("Engine", `Peak Trade ${result.engine_version}, rule book semantics ${result.engine_semantics}`);
  return section("reproduce", "Run it again", null, body, facts);
}
