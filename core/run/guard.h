// Calls of elements that may throw, as plug-ins may: the exception ends at the call, and is a failure of the element.
//
// Threads  of the element's task
// Errors   "element.threw", with the text of the exception
// Cost     nothing, unless something is thrown
#pragma once

#include "core/element/element.h"

namespace blox::runtime {

/// What is being thrown. Precondition: inside a handler.
Status thrown();

inline void fail_with(Element& element, Status status, Flow& out) { out = element.fail(std::move(status)); }
inline void fail_with(Element& element, Status status, Supply& out) { out = element.fail_supply(std::move(status)); }
inline void fail_with(Element&, Status status, Status& out) { out = std::move(status); }

/// Runs one call of the element.
template <typename Call>
auto guarded(Element& element, const Call& body) {
  try {
    return body();
  } catch (...) {
    decltype(body()) failed{};
    fail_with(element, thrown(), failed);
    return failed;
  }
}

}  // namespace blox::runtime
