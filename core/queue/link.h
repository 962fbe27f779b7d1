// The contract of whatever carries messages between two tasks: `inproc` today, `ipc` and `tcp` by the same suite.
//
// A link never refuses and never waits: bounds are the affair of channels (core/queue/channel.h), which ask for
// room before there is anything to send.
//
// Owns     what is under way: messages that were sent and not received are destroyed with the link
// Threads  an Outlet belongs to its sending task, an Inlet to its receiving task: one thread at a time each
// Order    the messages of one outlet arrive in the order sent; those of different outlets interleave
// Errors   opening fails with a status; afterwards in-process links cannot fail
#pragma once

#include <memory>

#include "core/queue/message.h"

namespace blox::runtime {

/// What is rung when something waits for a task. `why` are bits that the owner of the bell defines.
class Bell {
 public:
  virtual ~Bell() = default;
  virtual void ring(uint32_t why) = 0;  ///< from any thread
};

/// The sending end.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(Message message) = 0;
};

/// The receiving end of any number of outlets.
class Inlet {
 public:
  virtual ~Inlet() = default;
  /// False where nothing has arrived.
  virtual bool receive(Message& message) = 0;
};

/// Makes both ends. Tasks are numbered from 0.
class Links {
 public:
  virtual ~Links() = default;
  /// The one inlet of a task. Precondition: opened once, before anybody connects to it.
  virtual Result<std::unique_ptr<Inlet>> open(uint32_t task) = 0;
  virtual Result<std::unique_ptr<Outlet>> connect(uint32_t task) = 0;
};

}  // namespace blox::runtime
