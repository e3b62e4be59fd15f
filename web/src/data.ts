// What a run hands to the page (src/report/page_data.cpp), decoded.
import { type ColumnCode, decode } from "./columns";

export interface MetricInfo {
  name: string;
  title: string;
  unit: "fraction" | "currency" | "bars" | "count" | "ratio";
}

/** The object that `peak backtest --json` prints. */
export interface RunResult {
  strategy: string;
  params: Record<string, number>;
  data: {
    path: string | null;
    symbol: string | null;
    rows: number;
    start: string | null;
    end: string | null;
    time_zone: string;
    fingerprint: string;
  };
  broker: Record<string, number | string | boolean | null> & { cash: number };
  metrics: Record<string, number | null>;
  undefined_metrics: Record<string, string>;
  conventions: {
    name: string;
    periods_per_year: number;
    periods_per_year_reason: string;
    risk_free: number;
    definitions: Record<string, string>;
  };
  signals: Record<string, number>;
  unfilled_orders: Record<string, number>;
  warnings: string[];
  fingerprint: string;
  engine_version: string;
  engine_semantics: number;
}

export interface YearReturns {
  year: number;
  months: (number | null)[];
  total: number | null;
  benchmark: number | null;
}

export interface Drawdown {
  peak_bar: number;
  trough_bar: number;
  recovery_bar: number;
  peak_time: number;
  trough_time: number;
  recovery_time: number;
  depth: number;
  bars: number;
}

/** Columns of bars, or of groups of `perPoint` bars; times in microseconds UTC. */
export interface Bars {
  count: number;
  perPoint: number;
  priceDecimals: number;
  time: Float64Array;
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  equity: Float64Array;
  drawdown: Float64Array;
}

export interface Trades {
  count: number;
  /** Of a run over many symbols: which one, by its place in `symbols`; null of one. */
  symbol: Float64Array | null;
  symbols: string[];
  short: Float64Array;
  open: Float64Array;
  exitReason: Float64Array;
  entryBar: Float64Array;
  exitBar: Float64Array;
  entryTime: Float64Array;
  exitTime: Float64Array;
  bars: Float64Array;
  quantity: Float64Array;
  entryPrice: Float64Array;
  exitPrice: Float64Array;
  fees: Float64Array;
  pnl: Float64Array;
  returns: Float64Array;
  mae: Float64Array;
  mfe: Float64Array;
  exitReasons: string[];
}

function withoutTrades(trades: Trades): Trades {
  const empty = Object.entries(trades).map(([name, values]) => [name, values instanceof Float64Array ? new Float64Array() : values]);
  return { ...(Object.fromEntries(empty) as Trades), count: 0 };
}

export interface UnfilledOrders {
  count: number;
  bar: Float64Array;
  time: Float64Array;
  sell: Float64Array;
  purpose: Float64Array;
  short: Float64Array;
  status: Float64Array;
  reason: Float64Array;
  purposes: string[];
  statuses: string[];
  reasons: string[];
}

export interface Reproduction {
  source: "builtin" | "file" | "written" | "signals";
  command: string;
  python: string;
  description: string;
  strategy: string;
}

export interface Report {
  title: string;
  result: RunResult;
  metricGroups: { title: string; metrics: MetricInfo[] }[];
  bars: Bars;
  trades: Trades;
  /** The trades to be marked in the price chart: none of many symbols, whose prices it does not show. */
  marked: Trades;
  unfilled: UnfilledOrders;
  years: YearReturns[];
  drawdowns: Drawdown[];
  reproduction: Reproduction;
}

type Raw = Record<string, ColumnCode>;

export function readReport(): Report {
  const element = document.getElementById("peak-data");
  const raw = JSON.parse(element?.textContent ?? "null");
  element?.remove(); // the text is not needed twice in memory
  const bars: Raw = raw.bars;
  const trades: Raw = raw.trades;
  const unfilled: Raw = raw.unfilled;
  const made: Trades = {
    count: raw.trades.count,
    symbol: trades.symbol ? decode(trades.symbol) : null,
    symbols: raw.trades.symbols ?? [],
    short: decode(trades.short),
    open: decode(trades.open),
    exitReason: decode(trades.exit_reason),
    entryBar: decode(trades.entry_bar),
    exitBar: decode(trades.exit_bar),
    entryTime: decode(trades.entry_time),
    exitTime: decode(trades.exit_time),
    bars: decode(trades.bars),
    quantity: decode(trades.quantity),
    entryPrice: decode(trades.entry_price),
    exitPrice: decode(trades.exit_price),
    fees: decode(trades.fees),
    pnl: decode(trades.pnl),
    returns: decode(trades.return),
    mae: decode(trades.mae),
    mfe: decode(trades.mfe),
    exitReasons: raw.trades.exit_reasons,
  };
  return {
    title: raw.title,
    result: raw.result,
    metricGroups: raw.metric_groups,
    bars: {
      count: raw.bars.count,
      perPoint: raw.bars.per_point,
      priceDecimals: raw.bars.price_decimals,
      time: decode(bars.time),
      open: decode(bars.open),
      high: decode(bars.high),
      low: decode(bars.low),
      close: decode(bars.close),
      equity: decode(bars.equity),
      drawdown: decode(bars.drawdown),
    },
    trades: made,
    marked: made.symbol ? withoutTrades(made) : made,
    unfilled: {
      count: raw.unfilled.count,
      bar: decode(unfilled.bar),
      time: decode(unfilled.time),
      sell: decode(unfilled.sell),
      purpose: decode(unfilled.purpose),
      short: decode(unfilled.short),
      status: decode(unfilled.status),
      reason: decode(unfilled.reason),
      purposes: raw.unfilled.purposes,
      statuses: raw.unfilled.statuses,
      reasons: raw.unfilled.reasons,
    },
    years: raw.years,
    drawdowns: raw.drawdowns,
    reproduction: raw.reproduction,
  };
}
