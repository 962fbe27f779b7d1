// The parts of one topology, each in a run of its own, in one thread and virtual time, with a hub between them.
//
//   CutRun cut(7);
//   cut.add("one", net.part(worker_of, "one"));
//   cut.add("two", net_again.part(worker_of, "two"));
//   REQUIRE(cut.finish());
//
// Each part is cut from a topology that was made for it: as in a cluster, where every worker checks it again.
//
// Owns     runs, clocks and the hub
// Threads  one user
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/run/run.h"
#include "tests/support/fake_net.h"

namespace blox::testing {

/// What a run of this part can go on as.
TopologyVersion version_of(Part part, Definitions definitions);

class CutRun {
 public:
  explicit CutRun(uint64_t seed) : hub_(seed), random_(seed + 1) {}

  void add(const std::string& worker, Part part, RunOptions options = {});
  VirtualRun& run(const std::string& worker);
  /// The worker dies at this moment, and begins anew, with a part that was made for that; or is gone for good.
  void restart(const std::string& worker, Part part, RunOptions options = {});
  void lose(const std::string& worker);
  /// The worker goes on as another part; of a run that was added with RunOptions::updatable and its definitions.
  UpdateReport update(const std::string& worker, Part part, Definitions definitions,
                      const std::function<TopologyVersion()>& previous = nullptr);
  /// Each worker in turn as far as it comes alone, then a little of what is under way between them. False where nothing
  /// was.
  bool step();
  /// Until nothing is ready at the present time. True once all have ended.
  bool settle();
  /// To the end, time jumping from alarm to alarm. False where they wait for something that cannot come.
  bool finish();
  /// Records that came behind the removal of their connection.
  uint64_t lost() const { return hub_.lost(); }
  /// After finish(): of each worker, in the order added.
  std::vector<RunResult> results();

 private:
  struct Worker {
    std::string name;
    uint32_t life = 1;
    std::unique_ptr<VirtualClock> clock;
    std::unique_ptr<runtime::Net> net;
    std::unique_ptr<VirtualRun> run;
  };

  void begin(Worker& worker, Part part, RunOptions options);

  FakeHub hub_;
  Random random_;
  std::vector<Worker> workers_;
};

}  // namespace blox::testing
