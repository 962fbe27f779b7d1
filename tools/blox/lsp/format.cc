#include "tools/blox/lsp/format.h"

#include <algorithm>

#include "dsl/parser.h"
#include "dsl/printer.h"
#include "tools/blox/lsp/position.h"

namespace blox::tools::lsp {

Datum::List format(const std::string& text) {
  Diagnostics diagnostics;
  const dsl::Body body = dsl::parse({.text = text, .file = 0}, diagnostics);
  if (diagnostics.has_errors()) return {};
  const std::string laid_out = dsl::print(body);
  if (laid_out == text) return {};

  const size_t most = std::min(text.size(), laid_out.size());
  size_t same = static_cast<size_t>(
      std::mismatch(text.begin(), text.begin() + static_cast<ptrdiff_t>(most), laid_out.begin()).first - text.begin());
  while (same > 0 && text[same - 1] != '\n') --same;
  size_t tail = 0;  // that both end with
  while (tail < most - same && text[text.size() - tail - 1] == laid_out[laid_out.size() - tail - 1]) ++tail;
  while (tail > 0 && text[text.size() - tail - 1] != '\n') --tail;
  const Lines lines(text);
  return {Datum::Struct{{"range", lines.range(text, same, text.size() - tail)},
                        {"newText", laid_out.substr(same, laid_out.size() - tail - same)}}};
}

}  // namespace blox::tools::lsp
