// Questions of users that go to workers by way of master and caretaker. A worker knows one asker only, its caretaker:
// identifiers, which each user chooses alike, are exchanged on the way, there and back.
//
// Owns     who asked what
// Threads  one user
// Bounds   kMost questions wait for answers; the one that was silent longest gives way
// Errors   protocol.*; control.tap (more is wanted of a tap that is not known)
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "core/protocol/message.h"

namespace blox {

class Relays {
 public:
  static constexpr size_t kMost = 8'192;

  /// The frame that the worker is to get for a `relay` with this identifier.
  Result<std::string> ask(uint64_t relay, const protocol::Relay& request, Micros deadline);

  struct Answer {
    uint64_t relay = 0;
    protocol::Relayed relayed;
  };
  /// What the asker is to be sent for this frame of a worker; nothing where nobody waits for it any more.
  std::optional<Answer> answer(const std::string& worker, protocol::Message message);

  /// The worker has died: who still waits for it.
  std::vector<uint64_t> leave(const std::string& worker);

  size_t open() const { return open_.size(); }

 private:
  struct Question {
    uint64_t relay = 0;
    uint64_t id = 0;  // the asker's
    std::string worker;
    std::string asker;
  };
  using Places = std::list<Question>;
  void drop(Places::iterator place);

  Places open_;  // the one that was silent longest first
  std::unordered_map<uint64_t, Places::iterator> by_relay_;
  std::map<std::tuple<std::string, std::string, uint64_t>, uint64_t> by_asker_;  // worker, asker, id: relay
};

}  // namespace blox
