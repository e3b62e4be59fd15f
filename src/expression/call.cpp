// Binding of a call's arguments: positional, named, left out.
#include <algorithm>
#include <utility>

#include "expression/construction.hpp"
#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "peak/market/timeframe.hpp"

namespace peak::expression {
namespace {

// One place for an argument, of a function of the language or of an indicator.
struct Place {
  const char* name;
  ArgumentKind kind;
  const indicators::ParameterInfo* limits;  // of a scalar
  bool is_input;                            // of an indicator: a column of numbers, by default the column of that name
};

std::vector<Place> places_of(const LanguageFunction& function) {
  std::vector<Place> places;
  for (const FunctionArgument& argument : function.arguments) {
    places.push_back({argument.limits.name, argument.kind, argument.has_default ? &argument.limits : nullptr, false});
  }
  return places;
}

std::vector<Place> places_of(const indicators::IndicatorInfo& indicator) {
  std::vector<Place> places;
  for (const char* input : indicator.inputs) places.push_back({input, ArgumentKind::kNumber, nullptr, true});
  for (const auto& info : indicator.parameters) places.push_back({info.name, ArgumentKind::kScalar, &info, false});
  return places;
}

std::string listed(const std::vector<const char*>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + std::string(names[i]);
  return text;
}

// Puts arguments in their places; every step returns false once error_ is set.
class Binder {
 public:
  Binder(std::string_view function, std::vector<Place> places, const indicators::IndicatorInfo* indicator)
      : function_(function), places_(std::move(places)), indicator_(indicator), bound_(places_.size()) {}

  bool bind(const std::vector<Expression>& arguments, const NamedArguments& named) {
    for (std::size_t i = 0; i < arguments.size() + named.size(); ++i) {
      const Expression& argument = i < arguments.size() ? arguments[i] : named[i - arguments.size()].second;
      if (!argument.ok()) return fail(i, argument.status().error());
    }
    return bind_positional(arguments) && bind_named(named, arguments.size()) && fill_defaults() && check_types();
  }

  std::vector<Expression> take() {
    std::vector<Expression> arguments;
    for (Bound& bound : bound_) arguments.push_back(std::move(bound.value));
    return arguments;
  }
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] std::size_t culprit() const { return culprit_; }

 private:
  struct Bound {
    Expression value;
    std::size_t argument = kWholeCall;
    bool is_set = false;
  };

  bool fail(std::size_t culprit, Error error) {
    culprit_ = culprit;
    error_ = std::move(error);
    return false;
  }
  bool fail(std::size_t culprit, const std::string& message) {
    return fail(culprit, parse_error(function_ + ": " + message));
  }

  bool bind_positional(const std::vector<Expression>& arguments) {
    const std::size_t inputs = indicator_ != nullptr ? indicator_->inputs.size() : 0;
    // A scalar first argument is a parameter: the inputs were left out.
    const bool inputs_given = !arguments.empty() && !arguments.front().node().scalar;
    const std::size_t first = inputs_given ? 0 : inputs;
    if (arguments.size() > places_.size() - first) {
      std::string message = "takes " + std::to_string(places_.size() - first) + " arguments at most";
      if (first != 0) message += " when its inputs (" + listed(indicator_->inputs) + ") are left out";
      return fail(places_.size() - first, message + ", found " + std::to_string(arguments.size()));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) bound_[first + i] = {arguments[i], i, true};
    inputs_needed_ = inputs_given;
    return true;
  }

  bool bind_named(const NamedArguments& named, std::size_t positional_count) {
    for (std::size_t i = 0; i < named.size(); ++i) {
      const std::string& name = named[i].first;
      const auto place =
          std::find_if(places_.begin(), places_.end(), [&](const Place& candidate) { return name == candidate.name; });
      if (place == places_.end()) {
        std::vector<std::string> known;
        for (const Place& candidate : places_) known.emplace_back(candidate.name);
        return fail(positional_count + i, "has no argument '" + name + "'" + suggestion(name, known));
      }
      Bound& bound = bound_[static_cast<std::size_t>(place - places_.begin())];
      if (bound.is_set) return fail(positional_count + i, "argument '" + name + "' is given twice");
      bound = {named[i].second, positional_count + i, true};
    }
    return true;
  }

  bool fill_defaults() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (bound_[i].is_set) continue;
      if (places_[i].is_input && inputs_needed_) {
        return fail(kWholeCall, "input '" + std::string(places_[i].name) + "' is missing; give " +
                                    listed(indicator_->inputs) + ", or none of them");
      }
      if (places_[i].is_input) {
        bound_[i].value = column(places_[i].name);
      } else if (places_[i].limits != nullptr) {
        bound_[i].value = Expression(places_[i].limits->default_value);
      } else {
        return fail(kWholeCall, "argument '" + std::string(places_[i].name) + "' is missing");
      }
    }
    return true;
  }

  bool check_types() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (!check_type(places_[i], bound_[i])) return false;
    }
    return true;
  }

  bool check_type(const Place& place, const Bound& bound) {
    const Node& node = bound.value.node();
    const std::string argument = "argument '" + std::string(place.name) + "'";
    if (place.kind == ArgumentKind::kTimeframe) return check_timeframe(argument, bound);
    if (place.kind == ArgumentKind::kSymbol) return check_symbol(argument, bound);
    const bool wants_signal = place.kind == ArgumentKind::kSignal;
    if (place.kind == ArgumentKind::kAny ? node.type == ValueType::kText
                                         : node.type != (wants_signal ? ValueType::kSignal : ValueType::kNumber)) {
      return fail(bound.argument, argument + " must be a " + (wants_signal ? "signal" : "number") +
                                      ", but here stands a " + value_type_name(node.type));
    }
    if (place.is_input && node.scalar) {
      return fail(bound.argument, "input '" + std::string(place.name) +
                                      "' must be a column, not one number for all bars; give " +
                                      listed(indicator_->inputs) + ", or none of them");
    }
    if (place.kind != ArgumentKind::kScalar) return true;
    if (!node.scalar) {
      return fail(bound.argument, argument +
                                      " must be one number for all bars: a number, a parameter, or arithmetic "
                                      "of those");
    }
    if (node.operation == Operation::kNumber) {
      if (Status good = check_scalar(function_, *place.limits, node.number); !good.ok()) {
        return fail(bound.argument, std::move(good).error());
      }
    }
    return true;
  }

  bool check_timeframe(const std::string& argument, const Bound& bound) {
    const Node& node = bound.value.node();
    if (node.type != ValueType::kText) {
      return fail(bound.argument,
                  argument + " must be a text such as \"4h\", but here stands a " + value_type_name(node.type));
    }
    const auto timeframe = Timeframe::parse(node.name);
    return timeframe.ok() || fail(bound.argument, timeframe.error().message);
  }

  bool check_symbol(const std::string& argument, const Bound& bound) {
    const Node& node = bound.value.node();
    if (node.type == ValueType::kText && !node.name.empty()) return true;
    return fail(bound.argument,
                argument + " must be the name of a symbol as a text, such as \"SPY\"" +
                    (node.type == ValueType::kText ? ", and this one is empty"
                                                   : ", but here stands a " + std::string(value_type_name(node.type))));
  }

  std::string function_;
  std::vector<Place> places_;
  const indicators::IndicatorInfo* indicator_;
  std::vector<Bound> bound_;
  bool inputs_needed_ = false;
  Error error_;
  std::size_t culprit_ = kWholeCall;
};

ValueType result_type(const std::string& function, const std::vector<Expression>& arguments) {
  if (function == "shift") return arguments.front().type();
  if (function == "at" || function == "symbol") return arguments.back().type();
  const bool is_signal = function.starts_with("crosses") || function == "is_defined" || function == "rising" ||
                         function == "falling" || function == "top" || function == "bottom";
  return is_signal ? ValueType::kSignal : ValueType::kNumber;
}

}  // namespace

Expression build_call(std::string_view function, const std::vector<Expression>& arguments, const NamedArguments& named,
                      std::size_t* culprit) {
  const LanguageFunction* language = find_language_function(function);
  const indicators::IndicatorInfo* indicator = language == nullptr ? indicators::find(function) : nullptr;
  if (culprit != nullptr) *culprit = kWholeCall;
  if (language == nullptr && indicator == nullptr) {
    return Expression::failed(
        parse_error("unknown function '" + std::string(function) + "'" + suggestion(function, function_names())));
  }
  Binder binder(function, language != nullptr ? places_of(*language) : places_of(*indicator), indicator);
  if (!binder.bind(arguments, named)) {
    if (culprit != nullptr) *culprit = binder.culprit();
    return Expression::failed(binder.error());
  }
  Node node;
  node.operation = Operation::kCall;
  node.name = std::string(function);
  node.arguments = binder.take();
  if (node.name == "where") {
    return build_where(node.arguments[0], node.arguments[1], node.arguments[2], named.empty() ? culprit : nullptr);
  }
  if (const std::vector<std::string> symbols =
          node.name == "at" ? symbols_of(node.arguments[1]) : std::vector<std::string>{};
      !symbols.empty()) {
    return Expression::failed(parse_error("at: the longer bars are those of this symbol alone; write symbol(\"" +
                                          symbols.front() + "\", at(...)) instead of at(..., symbol(\"" +
                                          symbols.front() + "\", ...))"));
  }
  node.type = result_type(node.name, node.arguments);
  return make_node(std::move(node));
}

}  // namespace peak::expression
