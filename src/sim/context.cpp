#include "peak/sim/context.hpp"

#include <string>

#include "peak/base/suggest.hpp"

namespace peak {

void sim::repeat(const Deed& deed, Broker& broker) {
  switch (deed.kind) {
    case DeedKind::kSubmit: broker.submit(deed.request); break;
    case DeedKind::kCancel: broker.cancel(deed.order); break;
    case DeedKind::kReplace: broker.replace(deed.order, deed.request); break;
    case DeedKind::kProtect: broker.protect(deed.request.symbol, deed.request.stop, deed.request.limit); break;
  }
}

Line Context::indicator(const expression::Expression& formula) {
  formulas_.push_back(formula);
  lines_.push_back(nullptr);
  return {static_cast<std::uint32_t>(formulas_.size() - 1)};
}

void Context::name(Line line, std::string text) {
  if (line.index >= formulas_.size()) return;
  line_names_.resize(formulas_.size());
  line_names_[line.index] = std::move(text);
}

std::vector<std::pair<std::string, expression::Expression>> Context::declared_lines() const {
  std::vector<std::pair<std::string, expression::Expression>> lines;
  for (std::size_t i = 0; i < formulas_.size(); ++i) {
    if (!formulas_[i].ok() || formulas_[i].node().operation == expression::Operation::kColumn) continue;
    expression::ParameterValues values;
    for (const auto& [parameter, value] : expression::parameters_of(formulas_[i])) {
      const auto used = root_->used_.find(parameter);
      values[parameter] = used == root_->used_.end() ? value : used->second;
    }
    const bool has_name = i < line_names_.size() && !line_names_[i].empty();
    lines.emplace_back(has_name ? line_names_[i] : "line_" + std::to_string(i),
                       expression::with_parameters(formulas_[i], values));
  }
  return lines;
}

double Context::parameter(std::string_view name, double default_value) {
  if (root_ != this) return root_->parameter(name, default_value);
  const auto given = given_.find(name);
  const double value = given == given_.end() ? default_value : given->second;
  used_.insert_or_assign(std::string(name), value);
  return value;
}

namespace {

/// What is given in `terms` over what `request` is.
void put_terms(const OrderTerms& terms, OrderRequest& request) {
  if (terms.size) request.size = *terms.size;
  if (terms.limit) request.limit = *terms.limit;
  if (terms.stop) request.stop = *terms.stop;
  if (terms.trail) request.trail = *terms.trail;
  if (terms.stop_loss) request.stop_loss = StopLevel::price(*terms.stop_loss);
  if (terms.take_profit) request.take_profit = StopLevel::price(*terms.take_profit);
  if (terms.trailing_stop) request.trailing_stop = *terms.trailing_stop;
  if (terms.time_in_force != TimeInForce::kGtc) request.time_in_force = terms.time_in_force;
  if (terms.good_till != 0) request.good_till = terms.good_till;
  if (terms.oco_group != 0) request.oco_group = terms.oco_group;
  if (terms.tag != 0) request.tag = terms.tag;
  request.reduce_only = request.reduce_only || terms.reduce_only;
}

}  // namespace

OrderRequest Context::request_of(OrderAction action, const OrderTerms& terms) const noexcept {
  const Stops& stops = broker_->options().stops;
  OrderRequest request = OrderRequest::market(action, broker_->options().size);
  request.symbol = symbol_;
  request.type = terms.trail                 ? OrderType::kTrailing
                 : terms.limit && terms.stop ? OrderType::kStopLimit
                 : terms.limit               ? OrderType::kLimit
                 : terms.stop                ? OrderType::kStop
                                             : OrderType::kMarket;
  request.stop_loss = stops.stop_loss;
  request.take_profit = stops.take_profit;
  request.trailing_stop = stops.trailing_stop;
  put_terms(terms, request);
  return request;
}

std::uint32_t Context::tag_of(std::string_view text) {
  if (root_ != this) return root_->tag_of(text);
  if (text.empty()) return 0;
  if (const auto known = tag_numbers_.find(text); known != tag_numbers_.end()) return known->second;
  tags_.emplace_back(text);
  return tag_numbers_[tags_.back()] = static_cast<std::uint32_t>(tags_.size());
}

bool Context::replace(OrderId order, const OrderTerms& terms) {
  for (const WorkingOrder& working : broker_->working_orders()) {
    if (working.id != order || order == kNoOrder) continue;
    OrderRequest request = working.request;
    const bool takes_limit = request.type == OrderType::kLimit || request.type == OrderType::kStopLimit;
    const bool takes_stop = request.type == OrderType::kStop || request.type == OrderType::kStopLimit;
    if ((terms.limit && !takes_limit) || (terms.stop && !takes_stop) ||
        (terms.trail && request.type != OrderType::kTrailing)) {
      return false;
    }
    put_terms(terms, request);
    note({bar_, sim::DeedKind::kReplace, order, request});
    return broker_->replace(order, request);
  }
  return false;
}

bool Context::protect(double stop_loss, double take_profit) {
  OrderRequest prices;
  prices.symbol = symbol_;
  prices.stop = stop_loss;
  prices.limit = take_profit;
  note({bar_, sim::DeedKind::kProtect, kNoOrder, prices});
  return broker_->protect(symbol_, stop_loss, take_profit);
}

expression::ParameterValues Context::values_of_parameters(const expression::Program& program) {
  expression::ParameterValues values;
  for (const auto& [name, value] : program.parameters()) {
    const auto given = given_.find(name);
    values[name] = given == given_.end() ? value : given->second;
    used_.insert_or_assign(name, values[name]);
  }
  return values;
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
