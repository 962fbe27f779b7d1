#include "core/queue/message.h"

#include <doctest/doctest.h>

namespace blox::runtime {
namespace {

// FRAMES.md: other processes read these numbers.
TEST_CASE("the kinds of messages keep their values") {
  CHECK(static_cast<int>(MessageKind::kLog) == 1);
  CHECK(static_cast<int>(MessageKind::kEnd) == 2);
  CHECK(static_cast<int>(MessageKind::kQuestion) == 3);
  CHECK(static_cast<int>(MessageKind::kAnswer) == 4);
  CHECK(static_cast<int>(MessageKind::kCancel) == 5);
  CHECK(static_cast<int>(MessageKind::kMark) == 6);
}

}  // namespace
}  // namespace blox::runtime
