// What the outside may look at, and touch, while a topology runs: measured numbers, handlers, taps.
//
// Threads  any, at any time between the start and the destructor
// Errors   names that do not exist, with the nearest one
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/metrics.h"
#include "core/element/element.h"
#include "core/run/tap.h"

namespace blox {

/// Called once, between two calls of the element and by whatever thread calls it, or with null where the run has closed
/// it. It neither waits nor visits.
using Visit = std::function<void(Element* element)>;

struct HandlerFacts {
  std::string element;
  std::string name;
  std::string doc;
  bool writable = false;
  /// Of a shard: the handlers of this name of its replicas, by number, are what is read and set; it has none itself.
  /// In a part of a topology only those that are in it: see `of`.
  struct Replica {
    std::string element;
    size_t number = 0;
  };
  std::vector<Replica> replicas;
  OfShard of_shard = OfShard::kEach;
  size_t of = 0;  ///< so many replicas has the shard; 0: it is none
};

class Inspect {
 public:
  virtual ~Inspect() = default;
  virtual Snapshot snapshot() const = 0;
  /// Ok: `visit` is or will be called.
  virtual Status visit(std::string_view element, Visit visit) = 0;
  /// Upstream first; those of a shard stand before those of its replicas.
  virtual std::vector<HandlerFacts> handlers() const = 0;
  /// Looks at what passes a port: "counts [out]", "[in] store", or "counts" for its main port. An in port stands for
  /// all out ports that are connected to it. The names of the ports that are looked at. Each tap is used once.
  virtual Result<std::vector<std::string>> tap(std::string_view port, const std::shared_ptr<Tap>& tap) = 0;
  virtual void untap(const std::shared_ptr<Tap>& tap) = 0;
};

}  // namespace blox
