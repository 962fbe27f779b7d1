// The parts of URLs that a server reads: escapes and query strings.
//
// Threads  functions; any thread
// Errors   nothing where the text is malformed, or is no UTF-8 once decoded
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blox {

/// "a%20b" as "a b"; with `form`, "+" is a blank, too. Nothing where an escape is broken or the result is no UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);
/// Everything but letters, digits, "-._~" and the bytes of `also` as escapes.
std::string percent_encode(std::string_view bytes, std::string_view also = {});

/// "a=1&b=x%20y" as pairs, in order; a name without "=" has an empty value.
std::optional<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query);

}  // namespace blox
