// From one place of a name to all its places: definition, references, rename.
//
// Threads  pure functions of an analysis
// Errors   a rename that would change what the program says is refused with the reason
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "tools/blox/lsp/analysis.h"
#include "tools/blox/lsp/names.h"

namespace blox::tools::lsp {

/// Where the name at this place is declared; the beginning of the file where the place is the path of an `include`.
std::optional<Span> definition(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset);

/// All places of the name at this place, its declaration among them, in the order of the files; empty where there is
/// no name that the program declares. Of `$name` only the name.
std::vector<Span> references(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset);

/// The program with other texts in place of some of its files', by path.
using Reread = std::function<std::unique_ptr<Analysis>(const std::map<std::string, std::string>& texts)>;

/// The places to be replaced by the name, which must be a plain one that the language can read there and that changes
/// nothing else: the renamed program is read again and compared, name by name.
Result<std::vector<Span>> rename(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset,
                                 const std::string& new_name, const Reread& reread);

}  // namespace blox::tools::lsp
