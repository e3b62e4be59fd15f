#include <nlohmann/json.hpp>

#include "peak/benchmark/measurement.hpp"

namespace peak::benchmark {
namespace {

using Json = nlohmann::ordered_json;

Json as_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

struct Member {
  const char* name;
  double Measurement::*place;
};
constexpr Member kMembers[] = {{"mean", &Measurement::mean},
                               {"median", &Measurement::median},
                               {"median_low", &Measurement::median_low},
                               {"median_high", &Measurement::median_high},
                               {"std", &Measurement::deviation},
                               {"min", &Measurement::minimum},
                               {"max", &Measurement::maximum}};

Result<Measurement> measurement_of(const Json& object, std::size_t number) {
  const std::string where = "measurement " + std::to_string(number);
  if (!object.is_object()) return parse_error(where + " is not an object");
  Measurement result;
  const auto name = object.find("name");
  if (name == object.end() || !name->is_string()) return parse_error(where + " has no name");
  result.name = name->get<std::string>();
  const auto count = [&](const char* key, std::size_t& place) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_number_unsigned()) place = found->get<std::size_t>();
  };
  count("iterations", result.iterations);
  count("loops", result.loops);
  for (const Member& member : kMembers) {
    const auto found = object.find(member.name);
    if (found == object.end() || !found->is_number()) {
      return parse_error(where + " ('" + result.name + "') has no number '" + member.name + "'");
    }
    result.*member.place = found->get<double>();
  }
  const auto optional = [&](const char* key, std::optional<double>& place) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_number()) place = found->get<double>();
  };
  optional("memory_peak", result.memory_peak);
  optional("native_memory_peak", result.native_memory_peak);
  return result;
}

}  // namespace

std::string to_json(std::span<const Measurement> measurements) {
  Json all = Json::array();
  for (const Measurement& measurement : measurements) {
    Json object = {{"name", measurement.name}, {"iterations", measurement.iterations}, {"loops", measurement.loops}};
    for (const Member& member : kMembers) object[member.name] = measurement.*member.place;
    object["memory_peak"] = as_json(measurement.memory_peak);
    object["native_memory_peak"] = as_json(measurement.native_memory_peak);
    all.push_back(std::move(object));
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::vector<Measurement>> from_json(std::string_view text) {
  const Json all = Json::parse(text, nullptr, false);
  if (all.is_discarded() || !all.is_array()) return parse_error("this is not a list of measurements in JSON");
  std::vector<Measurement> measurements;
  for (const Json& object : all) {
    PEAK_ASSIGN_OR_RETURN(Measurement measurement, measurement_of(object, measurements.size()));
    measurements.push_back(std::move(measurement));
  }
  return measurements;
}

}  // namespace peak::benchmark
