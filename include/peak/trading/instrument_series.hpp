// Instrument series: funding rates and corporate actions from tables, as files and frames have them.
//
// Times    the column named time, date, datetime, timestamp or start (case ignored), else the first column of times.
//          Rows may come in any order. What shares a stamp keeps the order of the table, dividends before splits.
// Errors   kBadData with the row, counted from 1 below the header, and what is wrong with it.
// Threads  pure functions.
#pragma once

#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"
#include "peak/trading/instrument.hpp"

namespace peak {

/// A column of times, and one of rates named rate, funding_rate, fundingrate or funding, or the only other column of
/// numbers. A rate is a fraction of the position's value: 0.0001 is paid by who is long.
[[nodiscard]] Result<std::vector<FundingRate>> funding_from(const Table& table);

/// Either one action in a row: a column kind (action, type) of "split", "dividend" or "delisting" and a column value
/// (amount, ratio). Or columns of their own, as vendors have them beside prices: split (splits, split_ratio, stock
/// splits), dividend (dividends, ex-dividend) and delisting, in which 0, nothing, and a split of 1 mean no action.
[[nodiscard]] Result<std::vector<CorporateAction>> actions_from(const Table& table);

}  // namespace peak
