#include "tools/blox/lsp/repair.h"

namespace blox::tools::lsp {
namespace {

// The element whose class stands at this place of the file with this path.
size_t element_at(const Analysis& analysis, const std::string& path, size_t call) {
  const std::optional<uint32_t> file = analysis.file(path);
  const std::vector<GraphElement>& all = analysis.program.graph.elements;
  for (size_t i = 0; file && i < all.size(); ++i) {
    if (all[i].class_span.file == *file && all[i].class_span.offset == call) return i;
  }
  return SIZE_MAX;
}

bool reads_whole(const Analysis& analysis, const std::string& path) {
  for (const auto& loaded : analysis.program.files) {
    if (analysis.program.sources.at(loaded->file).path == path) return !loaded->body.incomplete;
  }
  return false;
}

}  // namespace

Repaired repair(const Analysis& analysis, uint32_t file, size_t offset, const Context& context,
                const RereadText& reread) {
  const Source& source = analysis.program.sources.at(file);
  const bool in_call = context.call != SIZE_MAX;
  // 2: the element is there, 1: the rest of the file is.
  const auto judge = [&](const Analysis& one, size_t element) {
    return (in_call && element == SIZE_MAX ? 0 : 2) + (reads_whole(one, source.path) ? 1 : 0);
  };
  Repaired best{&analysis, nullptr, in_call ? element_at(analysis, source.path, context.call) : SIZE_MAX};
  int reached = judge(analysis, best.element);
  const std::string word = context.from == offset && !context.in_string ? "x" : "";
  for (const std::string& inserted : {word, word + context.closing + ";"}) {
    if (reached == 3) break;
    if (inserted.empty()) continue;
    std::string text = source.text;
    text.insert(offset, inserted);
    std::unique_ptr<Analysis> mended = reread(text);
    const size_t element = in_call ? element_at(*mended, source.path, context.call) : SIZE_MAX;
    const int quality = judge(*mended, element);
    if (quality <= reached) continue;
    reached = quality;
    best.element = element;
    best.analysis = mended.get();
    best.mended = std::move(mended);
  }
  return best;
}

}  // namespace blox::tools::lsp
