// Reading panels: what dataset.hpp reads (files of one symbol or of many, folders, patterns) as a Panel.
//
// Errors    as read_dataset; and what Panel refuses.
// Threads   functions may run beside each other.
#pragma once

#include <span>
#include <string>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/market/panel.hpp"

namespace peak::io {

[[nodiscard]] Result<Panel> read_panel(std::span<const std::string> paths, const ReadOptions& options = {},
                                       const PanelRules& rules = {});

}  // namespace peak::io
