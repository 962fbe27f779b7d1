// Two sessions over a network that delays, drops, repeats, reorders and cuts, with workers that die and begin anew, and
// channels that are added and removed, at each worker at another moment: all from a seed, in virtual time.
//
// Each worker writes numbered records to the other. Worker 0 asks, worker 1 answers. `fault` is what was wrong first.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/queue/session.h"

namespace blox::runtime::testing {

struct Faults {
  bool drop = false;     ///< frames are lost, repeated and overtake each other within a connection
  bool cut = false;      ///< connections end, with and without notice
  bool restart = false;  ///< workers die and begin anew
  bool change = false;   ///< channels come and go
};

class World;

/// What connects the two in one version of their topology.
struct Connection {
  uint32_t number = 0;
  int from = 0;  ///< the worker that writes, or asks
  bool query = false;
  friend bool operator==(const Connection&, const Connection&) = default;
};
using Version = std::vector<Connection>;

/// One life of one of the two workers.
class Side final : public SessionWire {
 public:
  Side(World& world, int which, uint64_t incarnation, Version version);
  ~Side() override;

  // ---- SessionWire ----
  void open() override;
  void close() override { line_ = 0; }
  bool transmit(std::span<const Buffer> parts) override;
  void report(std::string_view text) override;

  NetLife life() const;
  const Version& version() const { return version_; }
  /// Writes, reads, asks or answers something.
  void act();
  /// Goes on as this version: from the one call to the other nothing else happens here but that frames come.
  void hold();
  void change(const Version& next, bool fails);
  bool held() const { return held_; }
  bool finished();
  void check();
  std::string describe() const;
  Session& session() { return session_; }
  uint64_t line() const { return line_; }

 private:
  class Stream;
  class Talk;
  void flush();
  bool put(std::span<const Buffer> parts);
  void take_mail();
  void open_ends(const Version& version);
  void check_former(const NetCounts& count);

  World& world_;
  const int which_;
  const uint64_t incarnation_;
  uint64_t line_ = 0;
  BufferBuilder many_;
  std::deque<Message> mail_;
  Session session_;
  Version version_;
  bool held_ = false;
  std::map<uint32_t, std::unique_ptr<Stream>> streams_;
  std::map<uint32_t, std::unique_ptr<Talk>> talks_;
  std::vector<uint32_t> channels_;  // by the number that an inlet knows: the connection
};

class World {
 public:
  World(uint64_t seed, Faults faults);
  ~World();
  /// So many steps with faults, then without until all has arrived.
  void run(int steps);

  std::string fault;
  uint64_t restarts = 0;
  uint64_t changes = 0;
  uint64_t told = 0;  ///< looks at what a peer has said of an earlier life
  uint64_t lost = 0;  ///< records of connections that were removed

 private:
  friend class Side;
  struct Frame {
    int64_t at;
    uint64_t by;
    std::vector<Buffer> parts;
  };
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  void harm();
  void change();
  void deliver();
  void step(bool calm);
  void check_removed();
  void fail(const std::string& what) {
    if (fault.empty()) fault = what;
  }

  std::mt19937_64 random_;
  const Faults faults_;
  bool calm_ = false;
  int64_t now_ = 1;
  uint64_t lines_ = 0;
  std::set<uint64_t> swallowed_;  // connections that were cut without notice
  std::unique_ptr<Side> sides_[2];
  std::deque<Frame> to_[2];
  bool unmet_[2] = {false, false};
  uint64_t lives_[2] = {1, 1};
  Version version_;  // the newest: each worker comes to it some time
  uint32_t next_number_ = 0;

  struct Passage {
    int64_t first = 0;  // record of the writer's life
    uint64_t records = 0;
  };
  struct Truth {                                              // of one push connection
    uint64_t lives[2] = {0, 0};                               // when it was first in a version
    uint64_t given = 0;                                       // to the link, by the last life of its writer
    uint64_t taken = 0;                                       // by the last life of its reader
    std::map<std::pair<uint64_t, uint64_t>, Passage> passed;  // by the life of the reader and that of the writer
    std::map<uint64_t, int64_t> arrived;                      // by life of the writer: the greatest record so far
  };
  std::map<uint32_t, Truth> truths_;
};

}  // namespace blox::runtime::testing
