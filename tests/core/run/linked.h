// What tests of parts share: links over tcp between workers in one process, and runs that may change.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/queue/net.h"
#include "core/run/run.h"

namespace blox::testing {

inline RunOptions updatable(Definitions definitions = {}) {
  RunOptions options;
  options.updatable = true;
  options.definitions = std::move(definitions);
  return options;
}

struct TcpNet {
  std::unique_ptr<runtime::Net> net;
  runtime::NetPeer peer;  ///< as others meet it
};

/// The first life of a worker, listening on loopback.
inline TcpNet tcp_net(const std::string& worker) {
  runtime::NetOptions bound;
  bound.self = {worker, 1, 1};
  bound.bind = "tcp://127.0.0.1:*";
  Result<std::unique_ptr<runtime::Net>> net = runtime::Net::start(bound);
  REQUIRE_MESSAGE(net.is_ok(), net.status().to_string());
  const runtime::NetPeer peer{bound.self, (*net)->endpoint(), ""};
  return {*std::move(net), peer};
}

}  // namespace blox::testing
