// Names: which names parameters and signals of a strategy may have, and numbers as text.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak {

/// entry, exit, short_entry, short_exit.
bool is_signal_name(std::string_view name) noexcept;

/// A letter or '_', then letters, digits and '_'; no column and no word of the language. `what` names it in the error.
Status check_name(const char* what, const std::string& name);

/// The shortest decimal text that reads back to `value`.
std::string shown(double value);

}  // namespace peak
