// Every trade, to be sorted, filtered, looked up in the chart and saved as CSV.
import type { Report } from "./data";
import { button, choice, element, section } from "./dom";
import * as format from "./format";
import { type Column, VirtualTable } from "./virtual_table";

const FILTERS = ["all", "winners", "losers", "long", "short", "open"] as const;
type Filter = (typeof FILTERS)[number];

function columnsOf(report: Report, dateOnly: boolean): Column[] {
  const { trades, bars } = report;
  const price = (x: number) => format.number(x, bars.priceDecimals);
  const money = (key: string, title: string, values: Float64Array, toned = false): Column => ({
    key,
    title,
    sort: (i) => values[i],
    text: (i) => format.number(values[i], 2),
    tone: toned ? (i) => format.tone(values[i]) : undefined,
  });
  const decimals = format.percentDecimals(trades.returns);
  const share = (key: string, title: string, values: Float64Array, hint?: string, toned = false): Column => ({
    key,
    title,
    hint,
    sort: (i) => values[i],
    text: (i) => `${format.number(values[i] * 100, decimals)}%`,
    tone: toned ? (i) => format.tone(values[i]) : undefined,
  });
  const { symbol, symbols } = trades;
  const named: Column[] = symbol
    ? [{ key: "symbol", title: "symbol", left: true, sort: (i) => symbols[symbol[i]], text: (i) => symbols[symbol[i]] }]
    : [];
  return [
    { key: "number", title: "#", sort: (i) => i, text: (i) => String(i + 1) },
    ...named,
    {
      key: "side",
      title: "side",
      left: true,
      sort: (i) => trades.short[i],
      text: (i) => (trades.short[i] ? "short" : "long"),
      tone: (i) => (trades.short[i] ? "side-short" : "side-long"),
    },
    { key: "entry_time", title: "entry", left: true, sort: (i) => trades.entryBar[i], text: (i) => format.time(trades.entryTime[i], dateOnly) },
    { key: "entry_price", title: "price", sort: (i) => trades.entryPrice[i], text: (i) => price(trades.entryPrice[i]) },
    { key: "exit_time", title: "exit", left: true, sort: (i) => trades.exitBar[i], text: (i) => (trades.open[i] ? "open" : format.time(trades.exitTime[i], dateOnly)) },
    { key: "exit_price", title: "price", hint: "Exit price; of an open trade the last mark", sort: (i) => trades.exitPrice[i], text: (i) => price(trades.exitPrice[i]) },
    { key: "quantity", title: "quantity", sort: (i) => trades.quantity[i], text: (i) => format.quantity(trades.quantity[i]) },
    money("pnl", "P&L", trades.pnl, true),
    share("return", "return", trades.returns, "P&L after both fees over entry price times quantity", true),
    { key: "bars", title: "bars", hint: "From entry to exit", sort: (i) => trades.bars[i], text: (i) => format.number(trades.bars[i], 0) },
    money("fees", "fees", trades.fees),
    share("mae", "MAE", trades.mae, "Maximum adverse excursion: the largest loss while the trade was open, without costs"),
    share("mfe", "MFE", trades.mfe, "Maximum favourable excursion: the largest gain while the trade was open, without costs"),
    { key: "exit_reason", title: "closed by", left: true, sort: (i) => trades.exitReasons[trades.exitReason[i]], text: (i) => (trades.open[i] ? format.MISSING : format.words(trades.exitReasons[trades.exitReason[i]])) },
  ];
}

function csvOf(report: Report): string {
  const { trades } = report;
  const iso = (us: number) => new Date(us / 1000).toISOString().replace(".000Z", "Z");
  const { symbol, symbols } = trades;
  const lines = [`${symbol ? "symbol," : ""}side,quantity,entry_bar,entry_time,entry_price,exit_bar,exit_time,exit_price,fees,pnl,return,bars,mae,mfe,exit_reason,status`];
  for (let i = 0; i < trades.count; ++i) {
    const open = trades.open[i] === 1;
    lines.push(
      [
        ...(symbol ? [symbols[symbol[i]]] : []),
        trades.short[i] ? "short" : "long", trades.quantity[i], trades.entryBar[i], iso(trades.entryTime[i]), trades.entryPrice[i],
        open ? "" : trades.exitBar[i], open ? "" : iso(trades.exitTime[i]), open ? "" : trades.exitPrice[i], trades.fees[i],
        trades.pnl[i], trades.returns[i], trades.bars[i], trades.mae[i], trades.mfe[i],
        trades.exitReasons[trades.exitReason[i]], open ? "open" : "closed",
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export class TradeSection {
  readonly element: HTMLElement;
  private readonly table?: VirtualTable;

  constructor(report: Report, chosen: (trade: number) => void) {
    const { trades, result } = report;
    if (trades.count === 0) {
      const signals = result.signals;
      const seen = signals.entries + signals.short_entries;
      const text = `No trades. ${seen === 0 ? "The strategy gave no entry signal." : `There were ${seen} entry signals; the orders that did not fill, and why, are listed below.`}`;
      this.element = section("trades", "Trades", null, element("p", { class: "empty" }, text));
      return;
    }
    const table = new VirtualTable("trade-table", "Trades", columnsOf(report, format.onlyDates(report.bars.time)), trades.count, chosen);
    const passes: Record<Filter, (i: number) => boolean> = {
      all: () => true,
      winners: (i) => !trades.open[i] && trades.pnl[i] > 0,
      losers: (i) => !trades.open[i] && trades.pnl[i] < 0,
      long: (i) => !trades.short[i],
      short: (i) => trades.short[i] === 1,
      open: (i) => trades.open[i] === 1,
    };
    const count = element("span", { class: "count" }, format.number(trades.count, 0));
    const useful = FILTERS.filter((filter) => filter === "all" || trades.bars.some((_, i) => passes[filter](i)));
    const show = (filter: Filter) => {
      table.show(passes[filter]);
      count.textContent = format.number(table.shown.length, 0);
    };
    const aside = element(
      "div",
      { class: "toolbar" },
      count,
      choice<Filter>("Trades shown", useful, "all", show),
      button("Save CSV", "Save all trades as a CSV file", () => save(csvOf(report), `${result.strategy}-trades.csv`)),
    );
    this.table = table;
    this.element = section("trades", "Trades", aside, table.element);
  }

  select(trade: number): void {
    this.table?.select(trade, true);
  }
}
