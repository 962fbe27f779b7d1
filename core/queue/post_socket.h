// What both ends of a post have in common. Sockets are ZeroMQ's handles.
//
// Threads  functions without state
// Errors   as for post.h
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/status.h"

namespace blox {

/// "tcp://…" and "ipc://…" as they are, a path as "ipc://PATH".
std::string endpoint_of(const std::string& text);
bool is_tcp(std::string_view endpoint);
/// The path of an ipc endpoint.
std::string path_of(const std::string& endpoint);

/// What every socket of a post is set to.
void prepare(void* socket, size_t most_bytes);
/// Notices within seconds when the other machine is gone without a word.
void prepare_tcp(void* socket, std::string_view endpoint);

/// Whether somebody accepts connections at a path: 0, or the errno that says why not.
int probe(const std::string& path);
Status check_length(const std::string& path);
Status bad_address(const std::string& place, std::string_view why);
/// For the errno that ZeroMQ has left.
Status cannot_use(int error, const std::string& place);

int milliseconds(Micros most);

}  // namespace blox
