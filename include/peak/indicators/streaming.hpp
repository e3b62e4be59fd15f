// Streaming: every indicator of the registry one bar at a time, behind one face: for feeds that bring a bar when it is
// complete. The values are those of the batch functions, to the bit (rule 16).
//
// Threads: a streaming indicator belongs to one thread.
#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace peak::indicators {

class StreamingIndicator {
 public:
  virtual ~StreamingIndicator() = default;
  /// Takes one bar's inputs and gives its outputs, both in the registry's order and number.
  virtual void update(const double* inputs, double* outputs) = 0;
};

/// The indicator of that name in the registry; parameters as Call::parameters. Null for an unknown name.
[[nodiscard]] std::unique_ptr<StreamingIndicator> make_streaming(std::string_view name,
                                                                 std::span<const double> parameters);

}  // namespace peak::indicators
