// What both ends of a post have in common. Only post_*.cc include it: it brings ZeroMQ.
//
// Threads  functions without state
// Errors   as for post.h
#pragma once

#include <string>
#include <string_view>
#include <zmq.hpp>

#include "core/base/clock.h"
#include "core/base/status.h"

namespace blox {

/// "tcp://…" and "ipc://…" as they are, a path as "ipc://PATH".
std::string endpoint_of(const std::string& text);
bool is_tcp(std::string_view endpoint);
/// The path of an ipc endpoint.
std::string path_of(const std::string& endpoint);

zmq::socket_t make_socket(zmq::context_t& context, int type, size_t most_bytes);
/// Notices within seconds when the other machine is gone without a word.
void prepare_tcp(zmq::socket_t& socket, std::string_view endpoint);

/// Whether somebody accepts connections at a path: 0, or the errno that says why not.
int probe(const std::string& path);
Status check_length(const std::string& path);
Status bad_address(const std::string& place, std::string_view why);
Status cannot_use(const zmq::error_t& error, const std::string& place);

int milliseconds(Micros most);

}  // namespace blox
