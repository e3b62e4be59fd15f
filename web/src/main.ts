// Puts the page together from what the run left in it.
import "uplot/dist/uPlot.min.css";
import "./page.css";
import { ChartSection } from "./chart_section";
import { readReport } from "./data";
import { element } from "./dom";
import { headline, tiles, topBar, warnings } from "./head_section";
import { metricSection } from "./metric_section";
import { orderSection } from "./order_section";
import { drawdownSection, monthSection } from "./period_section";
import { reproductionSection } from "./reproduction_section";
import { startTheme } from "./theme";
import { TradeSection } from "./trade_section";

function start(): void {
  startTheme();
  const report = readReport();
  const trades = new TradeSection(report, (trade) => {
    charts.showTrade(trade);
    charts.element.scrollIntoView({ behavior: "smooth", block: "start" });
  });
  const charts = new ChartSection(report, (trade) => {
    charts.select(trade);
    trades.select(trade);
  });
  const falls = drawdownSection(report, (fall) => {
    const perPoint = report.bars.perPoint;
    const from = Math.max(fall.peak_bar, 0);
    charts.view.set((from - fall.bars * 0.08) / perPoint, (from + fall.bars * 1.08) / perPoint);
    charts.element.scrollIntoView({ behavior: "smooth", block: "start" });
  });
  const page = document.getElementById("page") as HTMLElement;
  page.append(
    topBar(),
    element(
      "main",
      {},
      headline(report),
      ...[warnings(report)].filter((part) => part !== null),
      tiles(report),
      charts.element,
      element("div", { class: "pair" }, monthSection(report), falls),
      metricSection(report),
      trades.element,
      orderSection(report),
      reproductionSection(report),
    ),
  );
  charts.start();
  document.documentElement.dataset.ready = "true";
}

start();
