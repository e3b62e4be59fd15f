#include "peak/report/studies.hpp"
#include "report/study_source.hpp"

namespace peak {

std::string lookahead_json(const Lookahead& result, const Bars& bars, const StudySource& source) {
  using report::JsonWriter;
  JsonWriter json({});
  report::begin_study(json, source);
  json.boolean("clean", result.clean());
  report::count(json, "bars", result.bars);
  report::count(json, "prefixes", result.prefixes);
  report::count(json, "differing_prefixes", result.differing_prefixes);
  report::count(json, "failed_prefixes", result.failed_prefixes);
  json.key("findings");
  json.begin_array();
  for (const LookaheadFinding& finding : result.findings) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", finding.name);
    report::count(json, "bar", finding.bar);
    json.key("time");
    finding.bar < bars.size() ? json.text(format_time(bars.time()[finding.bar])) : json.null();
    report::count(json, "prefix", finding.prefix);
    json.number("then", finding.then);
    json.number("now", finding.now);
    json.key("bars_ahead");
    finding.bars_ahead > 0 ? json.integer(static_cast<std::int64_t>(finding.bars_ahead)) : json.null();
    json.end_object();
  }
  json.end_array();
  json.text("text", result.text(bars.size() == result.bars ? &bars : nullptr));
  return report::end_study(json);
}

}  // namespace peak
