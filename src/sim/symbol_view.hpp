// Symbol view: what one symbol's context looks at in a run over many, whole or fed bar by bar.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "peak/sim/context.hpp"

namespace peak::sim {

class SymbolView final : public Context {
  friend class PanelRun;
  friend class PanelStepRun;
  friend std::vector<std::pair<std::string, expression::Expression>> lines_of_views(
      const std::deque<SymbolView>& views, const std::vector<std::string>& symbols);
};

/// What the symbols declared: each formula of all of them once, and one of some symbols as what the others read of
/// them.
[[nodiscard]] std::vector<std::pair<std::string, expression::Expression>> lines_of_views(
    const std::deque<SymbolView>& views, const std::vector<std::string>& symbols);

}  // namespace peak::sim
