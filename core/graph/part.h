// A topology over several workers: the part that one of them runs, and the ends of its connections to the others.
//
// Every worker gets the whole topology, checks it and plans it with the same placement, and cuts out what is its own.
// So all of them agree on what is connected to what without having to tell each other.
//
// Threads  pure
// Order    elements, tasks and connections of the part in the order of the whole
// Cost     linear in the whole
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/plan.h"
#include "core/graph/waves.h"

namespace blox {

/// This worker's end of a connection to an element of another worker.
struct RemoteEnd {
  /// The same at both ends, and in every version of the topology that has this connection, and no other one.
  uint32_t number = 0;  ///< below 2^30
  PortKind kind = PortKind::kPush;
  bool outgoing = false;  ///< the element here gives, or asks
  size_t element = 0;     ///< in Part::checked
  Port* port = nullptr;
  Schema far;         ///< what passes the port at the other end: pushed logs, or questions
  Schema far_answer;  ///< query ports
  QueueBound queue;
  bool one_at_a_time = false;  ///< see CheckedConnection
  bool marks = false;
  bool counted = false;
  std::string peer;  ///< the other worker
  std::string from;  ///< "a [out]"
  std::string to;    ///< "[in] b"

  /// Whether this end in another version is the same for the worker beyond it: then it goes on over an update.
  bool continues(const RemoteEnd& before) const;
};

struct Part {
  Checked checked;
  Plan plan;
  std::vector<RemoteEnd> remote;
  Waves waves;  ///< as worked out on the whole
};

/// "a [out]" and "[in] b": what people call the ends of a connection.
std::string out_name(const std::string& element, const Port& port);
std::string in_name(const std::string& element, const Port& port);

/// A topology that is not cut.
Part whole(Checked checked, Plan plan);

/// `worker_of`: by element. `plan` was made with it. `numbers`: by connection, RemoteEnd::number of those between
/// workers; empty, or 0 for one: that follows from its name.
Part cut(Checked checked, const Plan& plan, const std::vector<std::string>& worker_of, std::string_view me,
         const std::vector<uint64_t>& numbers = {});

}  // namespace blox
