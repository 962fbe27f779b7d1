// The results of keys that have changed since they were last said, said in parts of a bounded size.
//
// Owns     pointers into a Keyed state: nothing may be inserted there between gather() and the last part
// Threads  of the element's task
// Bounds   a part has at most kRowsPerPart rows, and those of one key more
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/builder.h"
#include "core/element/state.h"

namespace blox {

template <typename Result>
class ChangedResults {
 public:
  static constexpr uint32_t kRowsPerPart = 4096;

  /// Takes up all keys for whose result `changed(result)` holds, in place of what was gathered before.
  template <typename Changed>
  void gather(Keyed<Key, Result>& results, const Changed& changed) {
    gathered_.clear();
    next_ = 0;
    results.for_each([&](std::string_view key, Result& result) {
      if (changed(result)) gathered_.emplace_back(key, &result);
    });
  }

  /// Says the next part through `say(key, result, out)`. True while there is more to say.
  template <typename Say>
  bool say_part(LogBuilder& out, const Say& say) {
    for (; next_ < gathered_.size() && out.rows() < kRowsPerPart; ++next_) {
      say(gathered_[next_].first, *gathered_[next_].second, out);
    }
    if (next_ < gathered_.size()) return true;
    gathered_.clear();
    next_ = 0;
    return false;
  }

  bool empty() const { return gathered_.empty(); }

 private:
  std::vector<std::pair<std::string_view, Result*>> gathered_;
  size_t next_ = 0;
};

}  // namespace blox
