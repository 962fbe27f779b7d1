// What can stand at a place: classes, elements, arguments, ports, settings, fields, parameters.
//
// Threads  pure functions
// Order    as declared; classes by name
#pragma once

#include <string>
#include <vector>

#include "tools/blox/lsp/analysis.h"
#include "tools/blox/lsp/context.h"
#include "tools/blox/lsp/names.h"

namespace blox::tools::lsp {

/// Kinds as the protocol numbers them (CompletionItemKind).
enum class ItemKind : uint8_t {
  kField = 5,
  kElement = 6,
  kClass = 7,
  kArgument = 10,
  kValue = 12,
  kKeyword = 14,
  kParameter = 21,
  kPort = 23,
  kType = 25,
};

struct CompletionItem {
  std::string label;
  ItemKind kind = ItemKind::kValue;
  std::string detail;
  std::string text;  ///< what is put in place of the word being typed
};

/// `scope` is that of the place, `element` the one in the graph whose arguments are being typed, or kNone.
std::vector<CompletionItem> complete(const Analysis& analysis, const Names& names, const Context& context, size_t scope,
                                     size_t element);

}  // namespace blox::tools::lsp
