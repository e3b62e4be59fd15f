// Where the threads of a pool run: performance cores first.
#pragma once

namespace peak::parallel {

/// Called once by worker `slot` (1 is the first; 0 is the caller, who is left where it is).
void place_worker(unsigned slot) noexcept;

}  // namespace peak::parallel
