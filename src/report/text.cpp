#include "peak/report/text.hpp"

#include <algorithm>
#include <cmath>

#include "peak/trading/settings.hpp"
#include "report/json_sections.hpp"
#include "report/json_writer.hpp"
#include "report/metric_groups.hpp"
#include "report/number_text.hpp"
#include "report/trade_record.hpp"

namespace peak {
namespace report {
namespace {

constexpr std::size_t kMetricWidth = 40;  // title and value of one metric in the two-column form
constexpr int kTwoColumns = 2 * static_cast<int>(kMetricWidth) + 4;

TextTone tone_of(double value) { return value > 0 ? TextTone::kGood : value < 0 ? TextTone::kBad : TextTone::kPlain; }

std::string dash(const TextStyle& style) { return style.unicode ? "–" : "-"; }

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.append(width - std::min(width, text_width(text)), ' ');
  return out;
}

std::vector<std::string> group_lines(const BacktestResult& result, std::size_t group, const TextStyle& style) {
  std::vector<std::string> lines{toned(padded(kMetricGroups[group].title, kMetricWidth), TextTone::kStrong, style)};
  for (auto metric = kMetricGroups[group].first; metric != group_end(group);
       metric = static_cast<Metric>(static_cast<int>(metric) + 1)) {
    const MetricInfo& info = metric_info(metric);
    const bool defined = undefined_reason(result.metrics, metric).empty();
    const std::string value = defined ? metric_text(info, result.metrics[metric]) : dash(style);
    const std::size_t used = text_width(value) + 2;
    lines.push_back("  " + padded(info.title, kMetricWidth > used + 2 ? kMetricWidth - used - 2 : 1) + "  " + value);
  }
  return lines;
}

/// Lines of groups, one below the other with an empty line between.
std::vector<std::string> stacked(const BacktestResult& result, std::initializer_list<std::size_t> groups,
                                 const TextStyle& style) {
  std::vector<std::string> lines;
  for (const std::size_t group : groups) {
    if (!lines.empty()) lines.push_back(std::string(kMetricWidth, ' '));
    for (std::string& line : group_lines(result, group, style)) lines.push_back(std::move(line));
  }
  return lines;
}

std::string trimmed_line(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string metrics_block(const BacktestResult& result, const TextStyle& style) {
  std::string out;
  if (style.width < kTwoColumns) {
    for (std::string& line : stacked(result, {0, 1, 2, 3, 4, 5, 6}, style)) out += trimmed_line(std::move(line));
    return out;
  }
  const auto left = stacked(result, {0, 1, 2, 5}, style);
  const auto right = stacked(result, {4, 3, 6}, style);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    std::string line = i < left.size() ? left[i] : std::string(kMetricWidth, ' ');
    if (i < right.size()) line += "    " + right[i];
    out += trimmed_line(std::move(line));
  }
  return out;
}

std::string undefined_block(const BacktestResult& result, const TextStyle& style) {
  std::string out;
  for (const MetricInfo& info : metric_infos()) {
    const std::string_view reason = undefined_reason(result.metrics, info.metric);
    if (reason.empty()) continue;
    const std::string line = std::string(info.title) + ": " + std::string(reason);
    out += toned(wrapped("  " + line, style.width, 4), TextTone::kQuiet, style) + '\n';
  }
  return out.empty() ? out : "\nNot defined for this run\n" + out;
}

std::string number_word(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string heading(const BacktestResult& result, const TextStyle& style) {
  std::string parameters;
  for (const auto& [name, value] : result.parameters) {
    parameters += parameters.empty() ? "" : ", ";
    parameters += name + " = " + number_word(value);
  }
  std::string out = toned(result.strategy.name, TextTone::kStrong, style);
  if (!parameters.empty()) out += "  (" + parameters + ")";
  out += '\n';
  const Bars& bars = result.bars;
  if (!bars.symbol().empty()) out += bars.symbol() + ", ";
  out += grouped_text(static_cast<double>(bars.size()), 0) + (result.panel != nullptr ? " stamps" : " bars");
  if (bars.size() > 0) {
    out += ", " + format_time_short(bars.time().front()) + " to " + format_time_short(bars.time().back());
  }
  out += '\n';
  if (result.strategy.rebalance) out += "rebalanced " + format_rebalance(*result.strategy.rebalance) + '\n';
  const BrokerOptions& broker = result.broker;
  std::string terms = "cash " + grouped_text(broker.cash, 2) + ", commission " + percent_text(broker.commission) +
                      ", slippage " + percent_text(broker.slippage) + ", fill " + fill_timing_name(broker.fill) +
                      ", size " + format_sizing(broker.size);
  if (broker.size_step) terms += " in steps of " + number_word(*broker.size_step);
  for (const auto& [setting, text] : changed_settings(broker)) terms += std::string(", ") + setting->name + " " + text;
  const auto counted = [&](std::size_t count, const char* what) {
    if (count != 0) terms += ", " + grouped_text(static_cast<double>(count), 0) + " " + what + (count == 1 ? "" : "s");
  };
  counted(broker.instrument.funding.size(), "funding rate");
  counted(broker.instrument.actions.size(), "corporate action");
  out += wrapped(terms, style.width, 2) + '\n';
  out += wrapped("periods per year " + number_word(result.periods.value) + " (" + result.periods.reason +
                     "), risk-free rate " + percent_text(result.risk_free) + " a year, metrics as " +
                     metrics_convention_name(result.convention),
                 style.width, 2);
  return out + '\n';
}

std::vector<TextCell> trade_row(std::size_t index, const TradeRecord& record, int decimals, const TextStyle& style) {
  const Trade& trade = record.trade;
  const bool open = is_open(trade);
  const std::string missing = open ? "open" : dash(style);
  return {std::to_string(index + 1),
          side_name(trade.side),
          format_time_short(record.entry_time),
          grouped_text(trade.entry_price, decimals),
          open ? missing : format_time_short(record.exit_time),
          open ? dash(style) : grouped_text(trade.exit_price, decimals),
          grouped_text(trade.quantity, trade.quantity == std::floor(trade.quantity) ? 0 : 4),
          {grouped_text(trade.pnl, 2), tone_of(trade.pnl)},
          {percent_text(trade.return_fraction), tone_of(trade.return_fraction)},
          grouped_text(static_cast<double>(record.bars), 0),
          grouped_text(record.fees, 2),
          percent_text(record.excursion.mae),
          percent_text(record.excursion.mfe),
          open ? missing : exit_reason_name(trade.exit_reason)};
}

}  // namespace
}  // namespace report

std::string format_metrics(const BacktestResult& result, const TextOptions& options) {
  std::string out = report::metrics_block(result, options.style) + report::undefined_block(result, options.style);
  if (!options.conventions) return out;
  out += "\nHow they are computed\n";
  for (const MetricInfo& info : metric_infos()) {
    out += wrapped("  " + std::string(info.name) + ": " + info.convention, options.style.width, 4) + '\n';
  }
  return out;
}

std::string format_trades(const BacktestResult& result, const TextOptions& options) {
  const std::vector<report::TradeRecord> records = report::trade_records(result);
  if (records.empty()) return "No trades.\n";
  const int decimals = std::min(report::price_decimals(result.bars.close()), 6);
  std::vector<TextColumn> columns = {{"#", true},      {"side", false},        {"entry", false},      {"price", true},
                                     {"exit", false},  {"price", true, 1},     {"quantity", true, 2}, {"P&L", true},
                                     {"return", true}, {"bars", true, 3},      {"fees", true, 4},     {"MAE", true, 6},
                                     {"MFE", true, 6}, {"closed by", false, 5}};
  const bool many = result.panel != nullptr;
  if (many) columns.insert(columns.begin() + 1, {"symbol", false});
  TextTable table(std::move(columns));
  const std::size_t most = options.max_trades;
  const std::size_t skipped = most == 0 || records.size() <= most ? 0 : records.size() - most;
  const std::size_t head = (most + 1) / 2;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (skipped != 0 && i == head) {
      if (many) {
        table.add_row({"", "", "", std::to_string(skipped) + " more"});
      } else {
        table.add_row({"", "", std::to_string(skipped) + " more"});
      }
      i += skipped;
      if (i >= records.size()) break;
    }
    std::vector<TextCell> row = report::trade_row(i, records[i], decimals, options.style);
    if (many) row.insert(row.begin() + 1, result.symbol_of(records[i].trade.symbol));
    table.add_row(std::move(row));
  }
  return table.render(options.style);
}

std::string format_unfilled(const BacktestResult& result, const TextOptions& options) {
  std::string out;
  for (const auto& [reason, count] : result.unfilled_orders()) {
    out += out.empty() ? "Orders that did not fill, or not wholly: " : ", ";
    out += std::to_string(count) + " " + reason_name(reason);
  }
  if (!out.empty()) out = wrapped(out, options.style.width, 2) + '\n';
  const SignalCounts& signals = result.simulation.signals;
  if (signals.conflicts == 0 && signals.ignored == 0) return out;
  std::string counts = "Signals without effect:";
  if (signals.ignored > 0)
    counts.append(" ").append(std::to_string(signals.ignored)).append(" asked for what already was");
  if (signals.conflicts > 0) {
    counts += signals.ignored > 0 ? ", " : " ";
    counts += std::to_string(signals.conflicts) + " contradicted each other";
  }
  return out + wrapped(counts, options.style.width, 2) + '\n';
}

std::string format_warnings(const BacktestResult& result, const TextOptions& options) {
  std::string out;
  for (const std::string& warning : result.warnings) {
    out += toned("Warning: ", TextTone::kWarning, options.style);
    out += wrapped(warning, options.style.width - 9, 2) + '\n';
  }
  return out;
}

std::string format_summary(const BacktestResult& result, const TextOptions& options) {
  std::string out = report::heading(result, options.style) + '\n' + format_metrics(result, options);
  const std::string unfilled = format_unfilled(result, options);
  if (!unfilled.empty()) out += '\n' + unfilled;
  const std::string warnings = format_warnings(result, options);
  if (!warnings.empty()) out += '\n' + warnings;
  return out;
}

}  // namespace peak
