// Any bytes as an expression: an error with words, or a graph whose text reads back and which runs on a few bars.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "peak/expression/functions.hpp"
#include "peak/expression/program.hpp"

namespace {

using peak::expression::Expression;

void require(bool holds) {
  if (!holds) std::abort();
}

peak::Bars make_bars() {
  constexpr std::size_t kSize = 70;  // more than one word of a signal
  std::vector<std::int64_t> time(kSize);
  std::vector<double> close(kSize);
  for (std::size_t t = 0; t < kSize; ++t) {
    time[t] = static_cast<std::int64_t>(t) * peak::kNanosecondsPerDay;
    close[t] = 100 + static_cast<double>(t * 7 % 11);
  }
  close[20] = std::numeric_limits<double>::quiet_NaN();
  close[40] = std::numeric_limits<double>::infinity();
  const auto column = [&](const char* name) { return peak::Column::own(name, close); };
  auto bars = peak::Bars::from_columns(peak::Column::own("time", time, peak::ColumnType::kTime), column("open"),
                                       column("high"), column("low"), column("close"), column("volume"));
  require(bars.ok());
  return *bars;
}

peak::expression::Scope make_scope() {
  peak::expression::Scope scope;
  scope.names = {{"fast", peak::expression::parameter("fast", 3)}, {"slow", peak::expression::parameter("slow", 5)}};
  return scope;
}

void run(const Expression& expression) {
  static const peak::Bars bars = make_bars();
  static peak::expression::Workspace workspace;
  const auto program = peak::expression::Program::compile(std::vector<Expression>{expression});
  if (!program.ok()) {
    // What compares symbols is for panels, and says so.
    require(expression.type() == peak::expression::ValueType::kText ||
            program.error().message.find("compares symbols") != std::string::npos);
    return;
  }
  const auto views = program->evaluate(bars, {}, workspace);
  if (!views.ok()) {
    require(!views.error().message.empty());
    return;
  }
  const auto& view = views->front();
  if (view.type == peak::expression::ValueType::kNumber) {
    require(view.numbers.size() == bars.size());
    return;
  }
  for (std::size_t i = 0; i < peak::bit_words(bars.size()); ++i) {
    require((view.truth.words[i] & ~view.defined.words[i]) == 0);
  }
  require(view.defined.words[1] >> (bars.size() - 64) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const peak::expression::Scope scope = make_scope();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t offset = 0;
  const auto parsed = peak::expression::parse(text, scope, &offset);
  if (!parsed.ok()) {
    require(!parsed.error().message.empty() && offset <= size);
    return 0;
  }
  const std::string canonical = to_text(*parsed);
  require(canonical.size() <= parsed->node().text_size);
  const auto again = peak::expression::parse(canonical, scope);
  require(again.ok() && to_text(*again) == canonical && again->type() == parsed->type());
  run(*parsed);
  return 0;
}
