// What threads without a task of their own hand to a task, as the net thread does: messages, without a socket.
//
// Owns     the messages that were put and not received
// Threads  put() by any; receive() by the receiving task
// Bounds   none of its own, as for a link
// Order    as put
// Cost     one lock a message to put, one for all that has come to receive; no allocation once it has grown
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "core/queue/link.h"

namespace blox::runtime {

class Mailbox final : public Inlet {
 public:
  void put(Message message);
  bool receive(Message& message) override;

 private:
  std::mutex mutex_;  // guards put_
  std::vector<Message> put_;
  std::atomic<bool> any_{false};  // in put_
  std::vector<Message> taken_;    // of the receiving task
  size_t next_ = 0;               // in taken_
};

}  // namespace blox::runtime
