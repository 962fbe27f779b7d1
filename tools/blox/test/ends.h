// The two element classes that a .bloxtest file puts at the ends of what it tests.
//
// Threads  of the test: a virtual run has one
#pragma once

#include <deque>
#include <vector>

#include "core/element/element.h"

namespace blox::tools {

/// A source that gives what the test feeds.
class TestFeed final : public Element {
 public:
  static constexpr const char* kDoc = "A source that gives what a test feeds.\n";

  std::optional<Schema> resolve(const Port& port, Types& types) override;
  Supply produce() override;

  const Schema& schema() const { return out_.schema(); }
  void put(Log log);
  void end();

 private:
  PushOut out_{this, "out", "", "what the test feeds"};
  Arg<std::string> type_{this, "type", "the type of its records"};

  std::deque<Log> logs_;
  bool ended_ = false;
};

/// A sink that keeps everything for the test.
class TestCollect final : public Element {
 public:
  static constexpr const char* kDoc = "A sink that keeps everything for a test.\n";

  Flow push(PushIn& port, Log log) override;
  /// What has come since the last call.
  std::vector<Log> take();

 private:
  static constexpr uint64_t kMostRecords = 1'000'000;

  PushIn in_{this, "in", "{...} changelog", "records"};

  std::vector<Log> logs_;
  uint64_t records_ = 0;
};

/// Adds both, for topologies under test only.
void add_test_ends(Registry& registry);

}  // namespace blox::tools
