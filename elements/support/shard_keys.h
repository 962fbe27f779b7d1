// What sharders that go by fields have in common: logs cut by the owners of their records.
//
// Threads  one user
// Cost     two passes over the owners of a log; no value is copied
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/key.h"
#include "core/element/sharder.h"

namespace blox {

/// One key reader a port, made when it is needed first.
class PortKeys {
 public:
  void set(const ShardSetup& setup) {
    by_ = setup.by;
    if (!setup.inputs.empty()) wanted_ = setup.inputs[0];
  }
  KeyReader& at(const Port& port);
  /// Whether what is asked at this port names the fields that records go by, with the types that they have there.
  bool named_by(const Port& question) const;

 private:
  std::vector<std::string> by_;
  const Port* wanted_ = nullptr;
  std::map<const Port*, KeyReader> readers_;
};

/// Cuts a log by the owner of each record: ascending, none of no records. The two halves of an update whose owners
/// differ become a delete and an insert.
class OwnerSplit {
 public:
  /// `owners`: one a record, each below `replicas` or ShardPart::kNobody.
  void split(const Log& log, std::span<const size_t> owners, size_t replicas, std::vector<ShardPart>& parts);

 private:
  std::vector<std::vector<uint32_t>> records_;
  std::vector<size_t> counts_;
};

}  // namespace blox
