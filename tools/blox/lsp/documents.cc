#include "tools/blox/lsp/documents.h"

#include "dsl/lexer.h"
#include "tools/blox/lsp/message.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

Status too_large(const std::string& uri) {
  return Status::user("lsp.size", "`" + uri + "` is larger than a topology can be (16 MiB): it is left alone");
}

std::optional<Position> position_member(const Datum& value, std::string_view path) {
  const Datum* const found = member(value, path);
  if (found == nullptr) return std::nullopt;
  const std::optional<uint32_t> line = number_member(*found, "line");
  const std::optional<uint32_t> character = number_member(*found, "character");
  if (!line || !character) return std::nullopt;
  return Position{*line, *character};
}

Status apply(const Datum& change, std::string& text) {
  const std::string* const with = text_member(change, "text");
  if (with == nullptr) return Status::user("lsp.change", "a change without `text`");
  if (member(change, "range") == nullptr) {
    text = *with;
    return Status::ok();
  }
  const std::optional<Position> start = position_member(change, "range.start");
  const std::optional<Position> end = position_member(change, "range.end");
  if (!start || !end) return Status::user("lsp.change", "a change whose `range` is none");
  const Lines lines(text);
  const size_t from = lines.offset(text, *start);
  const size_t to = lines.offset(text, *end);
  if (to < from) return Status::user("lsp.change", "a change whose range ends before it starts");
  text.replace(from, to - from, *with);
  return Status::ok();
}

}  // namespace

Status Documents::open(const std::string& uri, int64_t version, std::string text) {
  if (text.size() > dsl::kMaxText) return too_large(uri);
  const std::string path = path_of(uri);
  if (by_path_.size() >= kMaxDocuments && !by_path_.contains(path)) {
    return Status::user("lsp.documents", "more than 1000 documents are open: `" + uri + "` is left alone");
  }
  by_path_[path] = {uri, version, opened_++, std::move(text)};
  return Status::ok();
}

// A change that cannot be applied leaves us with a text that is not the editor's: better none at all.
Status Documents::change(const std::string& uri, int64_t version, const Datum::List& changes) {
  const auto place = by_path_.find(path_of(uri));
  if (place == by_path_.end()) return Status::ok();  // never taken: that was said when it was opened
  Document& document = place->second;
  for (const Datum& one : changes) {
    Status applied = apply(one, document.text);
    if (applied.is_ok() && document.text.size() > dsl::kMaxText) applied = too_large(uri);
    if (applied.is_ok()) continue;
    by_path_.erase(place);
    return applied;
  }
  document.version = version;
  return Status::ok();
}

void Documents::close(const std::string& uri) { by_path_.erase(path_of(uri)); }

const Document* Documents::find(const std::string& path) const {
  const auto place = by_path_.find(path);
  return place == by_path_.end() ? nullptr : &place->second;
}

}  // namespace blox::tools::lsp
