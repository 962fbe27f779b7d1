// Two sessions over a network that delays, drops, repeats, reorders and cuts, with workers that die and begin anew:
// all from a seed, in virtual time.
//
// Each worker writes numbered records to the other. Worker 0 asks, worker 1 answers. `fault` is what was wrong first.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/queue/session.h"

namespace blox::runtime::testing {

struct Faults {
  bool drop = false;     ///< frames are lost, repeated and overtake each other within a connection
  bool cut = false;      ///< connections end, with and without notice
  bool restart = false;  ///< workers die and begin anew
};

class World;

/// One life of one of the two workers.
class Side final : public SessionWire {
 public:
  Side(World& world, int which, uint64_t incarnation);

  // ---- SessionWire ----
  void open() override;
  void close() override { line_ = 0; }
  bool transmit(std::span<const Buffer> parts) override;
  void report(std::string_view text) override;

  NetLife life() const;
  /// Writes, reads, asks or answers something.
  void act();
  bool finished();
  void check();
  std::string describe() const;
  Session& session() { return session_; }
  uint64_t line() const { return line_; }

 private:
  class Sending final : public Outlet, public Bell {
   public:
    explicit Sending(Side& side) : side_(side) {}
    void send(Message message) override;
    void ring(uint32_t) override;
    uint32_t index = 0;

   private:
    Side& side_;
  };
  class WayBack final : public Bell {
   public:
    explicit WayBack(Side& side) : side_(side) {}
    void ring(uint32_t) override;
    uint32_t index = 0;

   private:
    Side& side_;
  };
  class Silence final : public Bell {
   public:
    void ring(uint32_t) override {}
  };

  void flush();
  bool put(std::span<const Buffer> parts);
  void write();
  void read();
  void ask();
  void say(MessageKind kind, uint64_t question, int64_t value);
  void answer();
  void take_mail();
  void check_former(const NetCounts& count);
  void take_answer(Message message);

  World& world_;
  const int which_;
  const uint64_t incarnation_;
  uint64_t line_ = 0;
  BufferBuilder many_;
  std::deque<Message> mail_;
  Silence silence_;
  Session session_;

  std::shared_ptr<ChannelState> sending_, receiving_, answering_;
  Sending out_{*this}, talk_{*this};
  WayBack back_{*this}, answers_back_{*this};
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  int64_t sent_ = 0;
  bool ended_ = false;
  uint64_t read_life_ = 0;
  int64_t last_ = -1;
  int64_t last_mark_ = -1;
  uint64_t delivered_ = 0;

  uint64_t talked_ = 0;         // messages sent through the query's channel
  uint64_t next_question_ = 0;  // of this life
  int64_t asked_ = 0;
  std::map<uint64_t, int64_t> open_;  // asker: what was asked; answerer: what is to be answered
};

class World {
 public:
  World(uint64_t seed, Faults faults);
  ~World();
  /// So many steps with faults, then without until all has arrived.
  void run(int steps);

  std::string fault;
  uint64_t restarts = 0;
  uint64_t told = 0;  ///< looks at what a peer has said of an earlier life

 private:
  friend class Side;
  struct Frame {
    int64_t at;
    uint64_t by;
    std::vector<Buffer> parts;
  };
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  void harm();
  void deliver();
  void step(bool calm);
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
  struct Passage {
    int64_t first = 0;  // record of the writer's life
    uint64_t records = 0;
  };
  std::map<std::pair<uint64_t, uint64_t>, Passage> passed_[2];  // at side i, by its life and that of the writer
  std::map<uint64_t, int64_t> arrived_[2];  // at side i, by life of the writer: the greatest record so far
};

}  // namespace blox::runtime::testing
