// Large inputs for benchmarks, made once from a seed and kept in the system's temporary folder.
//
// Threads  one
// Errors   an empty path where the file cannot be written
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace blox::bench {

/// Text of lower-case words with single spaces, about ten a line; the ranks of the words follow Zipf's law with
/// exponent 1.1 over `vocabulary` words, so 128 MiB over 1.2 million hold about 0.6 million different ones.
std::string zipf_text(size_t bytes, uint32_t vocabulary);

/// JSON lines of about 250 bytes with eight fields: id, user, time, url, status, bytes, latency, agent. `latency` is
/// spread evenly over 0 … 100, so that a tenth lies above 90.
std::string json_lines(size_t bytes);

}  // namespace blox::bench
