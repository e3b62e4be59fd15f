// Loaded bars and options of reading as values of the cache.
#pragma once

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"
#include "peak/value/value.hpp"

namespace peak::runtime {

[[nodiscard]] value::Value value_of(const io::LoadedBars& loaded);
/// kBadData if the value is not what value_of() makes.
[[nodiscard]] Result<io::LoadedBars> loaded_of(const value::Value& value);
/// Every option that decides what is read.
[[nodiscard]] value::Value value_of(const io::ReadOptions& options);

}  // namespace peak::runtime
