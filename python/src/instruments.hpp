// Instruments: peaktrade.Instrument, and the series of funding rates and corporate actions, from frames and files.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/trading/broker.hpp"

namespace peak::python {

/// Of a peaktrade.Instrument; else TypeError.
Instrument instrument_of(nanobind::handle value);

/// Puts the arguments `instrument`, `funding` and `actions` of a run, where they are given, into its options. True: a
/// series among them has times without a zone.
bool add_instrument(BrokerOverrides& broker, const nanobind::dict& given);

}  // namespace peak::python
