#include "core/base/counter.h"

#include <doctest/doctest.h>

#include <thread>

namespace blox {
namespace {

TEST_CASE("traffic counts logs, records and bytes") {
  Traffic traffic;
  traffic.add(1'024, 65'536);
  traffic.add(0, 0);
  CHECK(traffic.logs.get() == 2);
  CHECK(traffic.records.get() == 1'024);
  CHECK(traffic.bytes.get() == 65'536);
}

TEST_CASE("a reader in another thread never sees a counter go back") {
  constexpr uint64_t kAll = 100'000;
  Counter counter;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kAll; ++i) counter.add(1);
  });
  uint64_t seen = 0;
  bool went_back = false;
  while (seen < kAll) {
    const uint64_t now = counter.get();
    went_back = went_back || now < seen;
    seen = now;
  }
  writer.join();
  CHECK_FALSE(went_back);
  CHECK(counter.get() == kAll);
}

}  // namespace
}  // namespace blox
