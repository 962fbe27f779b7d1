#include "tools/blox/import/map_reduce.h"

#include <cctype>

namespace blox::tools {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool skip_to(std::string_view word) {
    const size_t found = text_.find(word);
    if (found == std::string_view::npos) return false;
    text_.remove_prefix(found + word.size());
    return true;
  }
  bool take(std::string_view word) {
    blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  // A name, in quotes or not.
  std::optional<std::string> name() {
    blanks();
    const bool quoted = take("\"") || take("'");
    size_t size = 0;
    while (size < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[size])) != 0 || text_[size] == '_')) {
      ++size;
    }
    if (size == 0 || std::isdigit(static_cast<unsigned char>(text_[0])) != 0) return std::nullopt;
    std::string out(text_.substr(0, size));
    text_.remove_prefix(size);
    if (quoted && !take("\"") && !take("'")) return std::nullopt;
    return out;
  }

 private:
  void blanks() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_[0])) != 0) text_.remove_prefix(1);
  }
  std::string_view text_;
};

}  // namespace

std::optional<MapReduce> read_map_function(std::string_view javascript) {
  Reader reader(javascript);
  if (!reader.skip_to("emit(") || !reader.take("this.")) return std::nullopt;
  MapReduce out;
  std::optional<std::string> key = reader.name();
  if (!key || !reader.take(",") || !reader.take("{")) return std::nullopt;
  out.key = std::move(*key);
  do {
    const std::optional<std::string> name = reader.name();
    if (!name || !reader.take(":")) return std::nullopt;
    if (reader.take("this.")) {
      const std::optional<std::string> field = reader.name();
      if (!field) return std::nullopt;
      out.totals.emplace_back(*name, "sum(" + *field + ")");
    } else if (reader.take("1")) {
      out.totals.emplace_back(*name, "count(*)");
    } else {
      return std::nullopt;
    }
  } while (reader.take(","));
  if (!reader.take("}") || !reader.take(")")) return std::nullopt;
  return out;
}

}  // namespace blox::tools
