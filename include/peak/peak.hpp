// Peak Trade in one include: everything a program needs to load data, run a strategy and show the result.
//
// Programs that mind their compile time include the single headers instead.
#pragma once

#include "peak/expression/expression.hpp"
#include "peak/indicators/registry.hpp"
#include "peak/io/read.hpp"
#include "peak/market/bars.hpp"
#include "peak/metrics/drawdown.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/report/json.hpp"
#include "peak/report/page.hpp"
#include "peak/report/text.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/bounds.hpp"
#include "peak/sim/broker.hpp"
#include "peak/sim/class_strategy.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/strategy/file.hpp"
