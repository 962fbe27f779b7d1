// A program whose half-typed statement has been mended, so that names and types around it are known.
//
// Owns     the analysis of the mended text, where there is one
// Cost     at most two analyses
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/blox/lsp/analysis.h"
#include "tools/blox/lsp/context.h"

namespace blox::tools::lsp {

struct Repaired {
  const Analysis* analysis = nullptr;
  std::unique_ptr<Analysis> mended;  ///< what `analysis` is, unless the given one was good enough
  size_t element = SIZE_MAX;         ///< in the graph: the one whose call is being typed, where that was made out
};

using RereadText = std::function<std::unique_ptr<Analysis>(const std::string& text)>;

/// Tries the program as it is, then with a word put at the place, then with all closed that is open there.
Repaired repair(const Analysis& analysis, uint32_t file, size_t offset, const Context& context,
                const RereadText& reread);

}  // namespace blox::tools::lsp
