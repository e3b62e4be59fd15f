// Time zone: local times to UTC, from the system's zone files (TZif, RFC 8536) or a fixed distance.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak::io {

class TimeZone {
 public:
  /// "" and "UTC": UTC; "+05:30", "-0500": fixed; else an IANA name, looked up in the directory that the environment
  /// variable TZDIR names, or in the system's. kInvalidArgument for an unknown name.
  static Result<TimeZone> find(const std::string& name);

  [[nodiscard]] bool is_utc() const noexcept { return is_utc_; }

  /// The instant at which clocks show `local`. Shown twice: the first, or the second if the first is not after
  /// `previous`. Never shown: the instant as far after the jump as `local` is after it on the clock.
  [[nodiscard]] Nanoseconds to_utc(Nanoseconds local, Nanoseconds previous) const noexcept;

  /// Whether clocks show `local` more than once, so that its instant depends on the one before.
  [[nodiscard]] bool is_repeated(Nanoseconds local) const noexcept;

 private:
  struct Period {
    std::int64_t begin = 0;   ///< seconds since 1970 from which the offset holds
    std::int64_t offset = 0;  ///< seconds east of UTC
  };
  [[nodiscard]] std::size_t period_at(std::int64_t utc_seconds) const noexcept;
  friend class ZoneFile;

  std::vector<Period> periods_;
  bool is_utc_ = false;
};

}  // namespace peak::io
