// What every table and all bars keep, whatever the file was that they come from; a fuzzer aborts where they do not.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "peak/io/read.hpp"

namespace peak::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void require_table(const io::LoadedTable& loaded) {
  require(loaded.detected.columns.size() == loaded.table.columns.size());
  for (const Column& column : loaded.table.columns) {
    require(column.size() == loaded.table.rows());
    if (column.type() != ColumnType::kText) continue;
    for (const std::int32_t code : column.codes()) {
      require(code >= -1 && code < static_cast<std::int32_t>(column.dictionary()->size()));
    }
  }
}

inline void require_bars(const Bars& bars) {
  const auto time = bars.time();
  for (std::size_t i = 0; i < bars.size(); ++i) {
    require(i == 0 || time[i - 1] < time[i]);
    require(bars.low()[i] > 0 && bars.low()[i] <= bars.high()[i]);
    require(std::isfinite(bars.open()[i]) && std::isfinite(bars.close()[i]));
  }
}

/// A table that is right, or an error with words.
inline void require_outcome(const Result<io::LoadedTable>& table) {
  if (table.ok()) return require_table(*table);
  require(!table.error().message.empty());
}

inline void require_outcome(const Result<io::LoadedBars>& bars) {
  if (bars.ok()) return require_bars(bars->bars);
  require(!bars.error().message.empty());
}

}  // namespace peak::fuzz
