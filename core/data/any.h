// Values of type `any`: one MessagePack value each, to and from Datum.
//
// Errors   decoding refuses what messagepack.h refuses, and trailing bytes
// Bounds   nested at most MessagePackReader::kDeepest levels
#pragma once

#include <string>
#include <string_view>

#include "core/base/buffer.h"
#include "core/data/datum.h"

namespace blox {

/// Appends the value in its one canonical form: shortest integers, structs as maps in their order.
void encode_any(const Datum& value, BufferBuilder* out);
std::string encode_any(const Datum& value);

/// The value that these bytes hold; allocates no more than they justify.
Result<Datum> decode_any(std::string_view bytes);

/// Whether decode_any would succeed, without an allocation.
bool is_any(std::string_view bytes);

/// The same value without the members that a later one of the same object has the name of: the last one counts, as in
/// PostgreSQL's jsonb. Precondition: is_any(bytes).
std::string last_members(std::string bytes);

}  // namespace blox
