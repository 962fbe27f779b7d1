#include "core/run/control.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/parts.h"

namespace blox::runtime {
namespace {

using namespace blox::testing;  // the parts that this file puts together

class Prints final : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) {
      if (!host().print(std::to_string(value) + "\n")) return Flow::kDone;
    }
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
};

/// Runs a source without end into Prints, with standard output elsewhere.
RunResult printed_to(int descriptor) {
  const int saved = ::dup(STDOUT_FILENO);
  ::dup2(descriptor, STDOUT_FILENO);
  ::close(descriptor);
  testing::Net net;
  auto& source = net.add<Numbers>("source", int64_t{1} << 60);
  auto& prints = net.add<Prints>("prints");
  net.push(source, source.out, prints, prints.in, testing::Net::queue(4));
  RunResult result = net.run();
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  return result;
}

TEST_CASE("a reader of standard output that goes away ends the run upstream, and all is well") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  const RunResult result = printed_to(ends[1]);
  CHECK(result.status.is_ok());
  CHECK(result.reader_gone);
  CHECK(result.left.empty());
}

TEST_CASE("a full disk behind standard output is an error") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  const RunResult result = printed_to(full);
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().fault == Fault::kOutside);
  CHECK_FALSE(result.reader_gone);
}

}  // namespace
}  // namespace blox::runtime
