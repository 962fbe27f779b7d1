// Links between workers of one test, in its thread: what is sent lies in a hub until the test delivers it, channel by
// channel in an order that a seed decides. A worker may die and live anew.
//
// Owns     the hub all that is under way
// Threads  one
// Order    that of net.h: each channel keeps its own
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/queue/net.h"
#include "tests/support/random_log.h"

namespace blox::testing {

class FakeHub {
 public:
  explicit FakeHub(uint64_t seed) : random_(seed) {}

  /// The net of one worker; of a later life of it, once the net before is gone.
  std::unique_ptr<runtime::Net> net(std::string worker);
  /// It will not come again.
  void gone(const std::string& worker);
  /// Delivers one message, or brings credit back; false where nothing is under way.
  bool step();
  /// Messages that are under way.
  size_t under_way() const;
  /// Records that came behind the removal of their channel.
  uint64_t lost() const { return lost_; }

 private:
  class FakeNet;
  class FakeOutlet;
  struct Channel {
    // Of the writer.
    std::shared_ptr<runtime::ChannelState> out;
    runtime::Bell* writer = nullptr;  // null: not open yet, or gone
    uint32_t writer_why = 0;
    // Of the reader.
    std::shared_ptr<runtime::ChannelState> in;
    Schema schema;
    std::unique_ptr<runtime::Outlet> inlet;
    uint32_t channel = 0;
    runtime::Bell* reader = nullptr;
    uint32_t reader_why = 0;
    uint64_t delivered = 0;
    bool ended = false;    // was said by the writer
    bool opened = false;   // by its reader
    bool removed = false;  // the reader: nobody takes what still comes

    std::deque<runtime::Message> under_way;
    std::deque<size_t> charges;  // delivered, credit not yet given back
    bool done_told = false;
  };
  /// writer, reader, number, flow
  using Key = std::tuple<std::string, std::string, uint32_t, runtime::NetFlow>;

  void send(const Key& key, runtime::Message message);
  bool deliver(Channel& channel);
  bool bring_back(Channel& channel);
  void leave(const std::string& worker);
  void let_removed_go(const std::string& worker);
  void say(Channel& channel, runtime::MessageKind kind);
  static void let_go(Channel& channel);

  Random random_;
  uint64_t lost_ = 0;
  std::map<Key, Channel> channels_;
};

}  // namespace blox::testing
