#include "peak/study/lookahead.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "peak/market/other_symbols.hpp"
#include "peak/parallel/thread_pool.hpp"

namespace peak {
namespace {

bool equal(double a, double b, double tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::fabs(a - b) <= tolerance * std::max(std::fabs(a), std::fabs(b));
}

std::vector<std::size_t> prefixes_of(std::size_t bars, const LookaheadOptions& options) {
  std::set<std::size_t> counts;
  const auto add = [&](std::size_t count) {
    if (count >= 1 && count < bars) counts.insert(count);
  };
  if (options.every_bar) {
    for (std::size_t count = 1; count < bars; ++count) counts.insert(count);
  } else {
    for (std::size_t i = 1; i <= options.cuts; ++i) add(bars * i / (options.cuts + 1));
    for (std::size_t i = 0; i < options.pairs; ++i) {
      const std::size_t count = bars * (2 * i + 1) / (2 * options.pairs);
      add(count);
      add(count + 1);
    }
  }
  return {counts.begin(), counts.end()};
}

/// The same names with `count` values each, or what is wrong.
Status check_shape(const Decisions& decisions, const Decisions& whole, std::size_t count) {
  for (const auto& [name, values] : decisions) {
    if (values.size() != count) {
      return invalid_argument("'" + name + "' has " + std::to_string(values.size()) + " values for " +
                              std::to_string(count) + " bars: there must be one for each bar");
    }
    if (!whole.contains(name)) {
      return invalid_argument("'" + name + "' is there with " + std::to_string(count) +
                              " bars, but not with all of them");
    }
  }
  if (decisions.size() != whole.size()) {
    return invalid_argument("with " + std::to_string(count) + " bars the strategy gives " +
                            std::to_string(decisions.size()) + " kinds of decisions, with all of them " +
                            std::to_string(whole.size()));
  }
  return {};
}

/// What one prefix showed.
struct Comparison {
  std::map<std::string, LookaheadFinding> first;  ///< by name
  std::optional<std::string> failure;
};

class Check {
 public:
  Check(std::size_t bars, const DecideOnPrefix& decide, const LookaheadOptions& options)
      : bars_(bars), decide_(decide), options_(options) {}

  Result<Lookahead> run() {
    if (bars_ < 3) return invalid_argument("the look-ahead check needs at least 3 bars");
    PEAK_ASSIGN_OR_RETURN(whole_, decide_(bars_));
    PEAK_RETURN_IF_ERROR(check_shape(whole_, whole_, bars_));
    if (whole_.empty()) return invalid_argument("the strategy gives no decisions that could be compared");
    const std::vector<std::size_t> counts = prefixes_of(bars_, options_);
    if (counts.empty()) return invalid_argument("the look-ahead check needs at least one cut");
    std::vector<Comparison> comparisons(counts.size());
    std::mutex mutex;
    std::size_t done = 0;
    const auto body = [&](std::size_t i) {
      comparisons[i] = compare(counts[i]);
      if (!options_.progress) return;
      const std::lock_guard lock(mutex);
      options_.progress(++done, counts.size());
    };
    PEAK_RETURN_IF_ERROR(
        parallel_for(counts.size(), body, {.max_threads = options_.threads, .grain = 1, .stop = options_.stop}));
    return summary(comparisons);
  }

 private:
  Comparison compare(std::size_t count) const {
    Comparison comparison;
    const Result<Decisions> decisions = decide_(count);
    if (!decisions.ok()) {
      comparison.failure = decisions.error().message;
      return comparison;
    }
    if (const Status shape = check_shape(*decisions, whole_, count); !shape.ok()) {
      comparison.failure = shape.error().message;
      return comparison;
    }
    for (const auto& [name, values] : *decisions) {
      const std::vector<double>& now = whole_.at(name);
      for (std::size_t bar = 0; bar < count; ++bar) {
        if (equal(values[bar], now[bar], options_.tolerance)) continue;
        comparison.first[name] = {name, bar, count, values[bar], now[bar], bars_, 0};
        break;
      }
    }
    return comparison;
  }

  Result<Lookahead> summary(const std::vector<Comparison>& comparisons) const {
    Lookahead found;
    found.bars = bars_;
    found.prefixes = comparisons.size();
    std::map<std::string, LookaheadFinding> first;
    for (const Comparison& comparison : comparisons) {
      if (comparison.failure) {
        ++found.failed_prefixes;
        found.failure = *comparison.failure;
      }
      found.differing_prefixes += comparison.first.empty() ? 0U : 1U;
      for (const auto& [name, finding] : comparison.first) {
        const auto at = first.find(name);
        if (at == first.end() || finding.bar < at->second.bar) first[name] = finding;
      }
    }
    if (found.failed_prefixes == comparisons.size()) {
      return invalid_argument("the strategy runs on all bars, but on no prefix of them: " + found.failure);
    }
    for (auto& [name, finding] : first) {
      finding.bars_ahead = bars_ahead(finding);
      found.findings.push_back(finding);
    }
    std::stable_sort(found.findings.begin(), found.findings.end(),
                     [](const auto& a, const auto& b) { return a.bar < b.bar; });
    return found;
  }

  /// The decision with `known` bars; none where the strategy cannot run.
  std::optional<double> decision(const LookaheadFinding& finding, std::size_t known) const {
    const Result<Decisions> decisions = decide_(known);
    if (!decisions.ok() || !check_shape(*decisions, whole_, known).ok()) return std::nullopt;
    return decisions->at(finding.name)[finding.bar];
  }

  /// How many later bars settle the decision, if it is settled by a few.
  std::size_t bars_ahead(const LookaheadFinding& finding) const {
    for (const std::size_t ahead : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 10U, 12U, 16U, 20U, 24U, 32U, 50U, 64U, 100U}) {
      const std::size_t known = finding.bar + 1 + ahead;
      if (known + 2 > bars_) return 0;
      const auto settled = [&](std::size_t count) {
        const std::optional<double> value = decision(finding, count);
        return value && equal(*value, finding.now, options_.tolerance);
      };
      // Settled for good, not by chance: also with one bar more, and half-way to the end.
      if (settled(known)) return settled(known + 1) && settled((known + bars_) / 2) ? ahead : 0;
    }
    return 0;
  }

  std::size_t bars_;
  const DecideOnPrefix& decide_;
  const LookaheadOptions& options_;
  Decisions whole_;
};

std::string shown(const LookaheadFinding& finding, double value) {
  const auto is_signal = [](double number) { return number == 0 || number == 1; };
  if (finding.name != "order" && is_signal(finding.then) && is_signal(finding.now))
    return value != 0 ? "true" : "false";
  if (std::isnan(value)) return "undefined";
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string finding_text(const LookaheadFinding& finding, const Bars* bars) {
  std::string text = "'" + finding.name + "' of bar " + std::to_string(finding.bar);
  if (bars != nullptr) text += " (" + format_time_short(bars->time()[finding.bar]) + ")";
  text += " is " + shown(finding, finding.then) + " when the data end with bar " + std::to_string(finding.prefix - 1) +
          ", and " + shown(finding, finding.now) + " with all " + std::to_string(finding.known) + " bars.\n";
  if (finding.bars_ahead > 0) {
    return text + "It is settled when " + std::to_string(finding.bars_ahead) +
           (finding.bars_ahead == 1 ? " later bar is" : " later bars are") +
           " known: the strategy reads that far ahead (shift with a negative number, a centred window, a signal at the "
           "bar before the one that confirms it).\n";
  }
  return text +
         "It changes with bars far behind it: something is computed over the whole data (a mean, a maximum, a fit, a "
         "normalisation, a fill from the end). Compute it from the bars so far.\n";
}

Result<Decisions> decide(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const auto parameters, strategy.resolve(options.parameters));
  std::vector<expression::Expression> wanted;
  std::vector<const char*> names;
  const auto want = [&](const char* name, const std::optional<expression::Expression>& signal) {
    if (!signal) return;
    wanted.push_back(*signal);
    names.push_back(name);
  };
  want("entry", strategy.entry);
  want("exit", strategy.exit);
  want("short_entry", strategy.short_entry);
  want("short_exit", strategy.short_exit);
  Decisions decisions;
  PEAK_ASSIGN_OR_RETURN(const auto program, expression::Program::compile(wanted));
  expression::Workspace workspace;
  PEAK_ASSIGN_OR_RETURN(const auto outputs, program.evaluate(bars, parameters, workspace));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::vector<double>& values = decisions[names[i]];
    values.resize(bars.size());
    for (std::size_t bar = 0; bar < values.size(); ++bar) values[bar] = outputs[i].truth[bar] ? 1 : 0;
  }
  PEAK_ASSIGN_OR_RETURN(const BacktestResult run, backtest(bars, strategy, options));
  std::vector<double>& orders = decisions["order"];
  orders.assign(bars.size(), 0.0);
  for (const Order& order : run.simulation.orders) {
    if (order.decision_bar < 0) continue;
    orders[static_cast<std::size_t>(order.decision_bar)] += order.action == OrderAction::kBuy ? 1 : -1;
  }
  return decisions;
}

}  // namespace

std::string Lookahead::text(const Bars* given) const {
  std::string text;
  if (clean()) {
    text = "No look-ahead: " + std::to_string(prefixes - failed_prefixes) +
           " prefixes of the data give the same decisions as all " + std::to_string(bars) + " bars.\n";
  } else {
    text = "Look-ahead: on " + std::to_string(differing_prefixes) + " of " + std::to_string(prefixes) +
           " prefixes of the data the strategy decides otherwise than with all " + std::to_string(bars) + " bars.\n";
    for (const LookaheadFinding& finding : findings) text += finding_text(finding, given);
  }
  if (failed_prefixes > 0) {
    text += "It could not run on " + std::to_string(failed_prefixes) +
            " of the prefixes, the longest of which said: " + failure + "\n";
  }
  return text;
}

Result<Lookahead> check_lookahead(std::size_t bars, const DecideOnPrefix& decide, const LookaheadOptions& options) {
  return Check(bars, decide, options).run();
}

Result<Lookahead> check_lookahead(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& run,
                                  const LookaheadOptions& options) {
  BacktestOptions open_end = run;
  open_end.broker.finalize = false;  // the close of the last bar would be a decision of every prefix
  const auto on_prefix = [&](std::size_t count) { return decide(known_at(bars, count), strategy, open_end); };
  return check_lookahead(bars.size(), on_prefix, options);
}

}  // namespace peak
