#include "peak/sim/context.hpp"

#include <string>

#include "peak/base/suggest.hpp"

namespace peak {

Line Context::indicator(const expression::Expression& formula) {
  formulas_.push_back(formula);
  lines_.push_back(nullptr);
  return {static_cast<std::uint32_t>(formulas_.size() - 1)};
}

double Context::parameter(std::string_view name, double default_value) {
  const auto given = given_.find(name);
  const double value = given == given_.end() ? default_value : given->second;
  used_.insert_or_assign(std::string(name), value);
  return value;
}

OrderRequest Context::request_of(OrderAction action, const OrderTerms& terms) const noexcept {
  OrderRequest request = OrderRequest::market(action, terms.size.value_or(broker_->options().size));
  if (terms.limit) request.limit = *terms.limit;
  if (terms.stop) request.stop = *terms.stop;
  request.type = terms.limit && terms.stop ? OrderType::kStopLimit
                 : terms.limit             ? OrderType::kLimit
                 : terms.stop              ? OrderType::kStop
                                           : OrderType::kMarket;
  const Stops& stops = broker_->options().stops;
  request.stop_loss = terms.stop_loss ? StopLevel::price(*terms.stop_loss) : stops.stop_loss;
  request.take_profit = terms.take_profit ? StopLevel::price(*terms.take_profit) : stops.take_profit;
  request.trailing_stop = stops.trailing_stop;
  request.tag = terms.tag;
  return request;
}

Status Context::check_init() const {
  for (std::size_t i = 0; i < formulas_.size(); ++i) {
    if (!formulas_[i].ok()) {
      return formulas_[i].status().error().within("line " + std::to_string(i) + " that the strategy declares");
    }
  }
  for (const auto& [name, value] : given_) {
    if (used_.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& parameter : used_) known.push_back(parameter.first);
    for (const expression::Expression& formula : formulas_) {
      for (const auto& parameter : expression::parameters_of(formula)) known.push_back(parameter.first);
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return not_found("the strategy has no parameter '" + name + "'" + suggestion(name, known));
  }
  if (warm_up_ && *warm_up_ < 0) {
    return invalid_argument("the strategy's warm-up is " + std::to_string(*warm_up_) + " bars, but must be 0 or more");
  }
  return {};
}

}  // namespace peak
