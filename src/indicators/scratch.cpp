#include "indicators/scratch.hpp"

#include <cstdint>
#include <vector>

namespace peak::indicators {

double* scratch(std::size_t count) {
  constexpr std::size_t kLine = 64;
  thread_local std::vector<double> memory;
  const std::size_t needed = count + kLine / sizeof(double);
  if (memory.size() < needed) memory.assign(needed, 0.0);
  const std::size_t past_line = reinterpret_cast<std::uintptr_t>(memory.data()) % kLine;
  return memory.data() + (past_line == 0 ? 0 : (kLine - past_line) / sizeof(double));
}

}  // namespace peak::indicators
