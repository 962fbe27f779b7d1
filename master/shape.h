// What placement and the master must know of a checked topology: a plain value that is kept in the catalogue, so that
// a master that starts again needs neither the files of its users nor their plug-ins.
//
// Owns     all it holds
// Threads  a value
// Order    elements and connections as in the checked topology, its shards taken apart
// Errors   catalogue.record: bytes that are no shape, or one of another release
// Cost     linear; about 150 bytes an element when encoded
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/graph/check.h"
#include "core/graph/update.h"
#include "core/protocol/cluster.h"

namespace blox::master {

struct Shape {
  struct Element {
    std::string path;
    std::string element_class;
    std::string at;        ///< a node, or "label=value"; empty: anywhere
    bool isolate = false;  ///< a worker of its own
    bool effects = false;  ///< outside: it never moves before its former node has let go of it
    protocol::Restart restart = protocol::Restart::kOnFailure;
    bool orphan_stops = false;
    bool keeps_state = false;
    uint64_t memory_bytes = 0;  ///< of state; 0: no limit
    uint64_t task = 0;          ///< elements of one number are fused where they are on one node
    uint64_t shard = 0;         ///< the same for all replicas of one shard; 0: no replica
    uint64_t definition = 0;    ///< equal in two versions: the element is the same in both
    std::string whole;          ///< the path of the shard of which it is a part; empty: none
    std::string was;            ///< the path that its state had before; empty: none
    bool named = false;         ///< by the author, with its whole path
    bool plugin = false;        ///< its class comes from one
    uint64_t key = 0;           ///< of state by key: the fields of the key, with their types
    uint64_t wave = 0;          ///< of background sources, see core/graph/waves.h
  };
  struct Connection {
    uint64_t from = 0;  ///< index of the element
    uint64_t to = 0;
    uint64_t weight = 1;       ///< what is expected to pass, relative to others: replicas share what their shard gets
    uint64_t queue_bytes = 0;  ///< its bound; 0: fused
    uint64_t definition = 0;   ///< as for elements: ports, types, bound
    uint64_t number = 0;       ///< see number_connections(); 0: none was given
  };
  std::vector<Element> elements;
  std::vector<Connection> connections;
};

/// `checked`: after expand() (core/graph/shards.h). `definitions`: of the graph that it was made from.
Shape shape_of(const Checked& checked, const Definitions& definitions);

std::string encode_shape(const Shape& shape);
Result<Shape> decode_shape(std::string_view bytes);

}  // namespace blox::master
