// Links inside one process: ZeroMQ `inproc` sockets that pass pointers.
//
// One PULL socket a receiving task, one PUSH socket a pair of tasks; channels share them by number. High-water marks
// are off. A socket takes one descriptor, so their number follows the plan and not the connections.
//
// Owns     the ZeroMQ context; every inlet and outlet must be destroyed before it
// Threads  open() and connect() by one thread, before the tasks run
// Errors   "queue.descriptors" where the system's limit cannot be raised far enough
// Cost     about 0.1 µs a message where the receiver is awake; two system calls where it was asleep
#pragma once

#include "core/queue/link.h"

namespace blox::runtime {

/// `sockets`: how many inlets and outlets will be made.
Result<std::unique_ptr<Links>> inproc_links(size_t sockets);

}  // namespace blox::runtime
