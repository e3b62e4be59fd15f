// Candidates are pairs of which one in sixteen stamps (chosen by a hash of the bar, so that the same bars are chosen in
// both) agree often; those are compared stamp by stamp. So many files cost one pass each.
#include "peak/quality/copies.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <unordered_map>

#include "peak/base/hash.hpp"
#include "quality/checked_rows.hpp"

namespace peak {
namespace {

using quality::CheckedRows;

constexpr std::size_t kFewestEqual = 20;
constexpr std::uint64_t kSampled = 16;

bool is_usable(const CheckedRows& rows, std::size_t row) {
  return rows.has(3) && std::isfinite(rows.price(3, row)) && rows.price(3, row) != 0;
}

bool is_equal(const CheckedRows& a, std::size_t row_a, const CheckedRows& b, std::size_t row_b) {
  for (std::size_t k = 0; k < 4; ++k) {
    if (a.has(k) && b.has(k) && a.price(k, row_a) != b.price(k, row_b)) return false;
  }
  return true;
}

Copy compare(const CheckedRows& a, const CheckedRows& b) {
  Copy copy;
  double before = std::nan("");
  for (std::size_t i = 0, j = 0; i < a.unique.size() && j < b.unique.size();) {
    const std::size_t row_a = a.unique[i], row_b = b.unique[j];
    if (a.at(row_a) != b.at(row_b)) {
      a.at(row_a) < b.at(row_b) ? ++i : ++j;
      continue;
    }
    ++i, ++j;
    if (!is_usable(a, row_a) || !is_usable(b, row_b)) continue;
    const double close = a.price(3, row_a);
    if (close == before) continue;  // a price that stands still proves nothing
    before = close;
    ++copy.common;
    if (!is_equal(a, row_a, b, row_b)) continue;
    if (copy.equal++ == 0) copy.first = a.at(row_a);
    copy.last = a.at(row_a);
  }
  return copy;
}

std::uint64_t hash_of(const CheckedRows& rows, std::size_t row) {
  const double close = rows.price(3, row);
  const Nanoseconds time = rows.at(row);
  unsigned char bytes[16];
  std::memcpy(bytes, &time, 8);
  std::memcpy(bytes + 8, &close, 8);
  return hash_bytes(bytes, sizeof bytes).low;
}

}  // namespace

Result<std::vector<Copy>> find_copies(std::span<const NamedTable> tables) {
  std::vector<CheckedRows> all;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> seen;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> pairs;
  for (std::size_t at = 0; at < tables.size(); ++at) {
    auto rows = quality::checked_rows(tables[at].table);
    if (!rows.ok()) return std::move(rows).error().within(tables[at].name);
    all.push_back(std::move(*rows));
    const CheckedRows& now = all.back();
    for (const std::size_t row : now.unique) {
      if (!is_usable(now, row)) continue;
      const std::uint64_t hash = hash_of(now, row);
      if (hash % kSampled != 0) continue;
      auto& others = seen[hash];
      for (const std::size_t other : others) ++pairs[{other, at}];
      others.push_back(at);
    }
  }
  std::vector<Copy> copies;
  for (const auto& [pair, count] : pairs) {
    Copy copy = compare(all[pair.first], all[pair.second]);
    if (copy.equal < kFewestEqual || copy.equal * 100 < copy.common * 99) continue;
    copy.a = pair.first;
    copy.b = pair.second;
    copies.push_back(copy);
  }
  return copies;
}

Finding copy_finding(const Copy& copy, std::size_t place, std::span<const NamedTable> tables) {
  const std::size_t other = place == copy.a ? copy.b : copy.a;
  Finding finding;
  finding.fault = Fault::kCopy;
  finding.severity = Severity::kWarning;
  finding.count = copy.equal;
  finding.text = std::to_string(copy.equal) + " of " + std::to_string(copy.common) +
                 " common bars have the same prices as " + tables[other].name + ", from " +
                 format_time_short(copy.first) + " to " + format_time_short(copy.last);
  finding.remedy = "one of the two carries the wrong name, or both are one download";
  finding.first.push_back({0, copy.first, tables[other].name});
  return finding;
}

}  // namespace peak
