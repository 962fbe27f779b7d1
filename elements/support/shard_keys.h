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

/// The keys that records have at each port, made so that the same key has the same bytes at all of them: a field that
/// can be null at one input is read as one everywhere.
class PortKeys {
 public:
  void set(const ShardSetup& setup) { setup_ = setup; }
  std::span<const uint32_t> groups(const Port& port, const Log& log);
  KeyBatch read(const Port& port, const Log& log);
  /// What is read at a port: of its type, with the fields of the key as they are read. And the names of these fields.
  Schema schema_at(const Port& port) const;
  const std::vector<std::string>& fields_at(const Port& port) const { return setup_.fields_at(port); }
  /// Whether what is asked at this port names the fields that records go by, with the types that they have there.
  bool named_by(const Port& question) const;

 private:
  struct At {
    Schema schema;
    bool as_it_comes = true;
    KeyReader reader;
  };
  At& at(const Port& port);

  ShardSetup setup_;
  std::map<const Port*, At> readers_;
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
