// The textual form of types: its reader and its printer.
#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/data/type.h"

namespace blox {
namespace {

constexpr int kDeepest = 64;  // levels of lists and structs: bounds the recursion of all that walks a type

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  Result<Type> read_all() {
    BLOX_ASSIGN(Type type, read_type(0));
    skip_space();
    if (at_ != text_.size()) return expected("the end of the type");
    return type;
  }

 private:
  Result<Type> read_type(int depth) {
    if (depth > kDeepest) {
      return Status::user("type.depth", "the type is nested deeper than " + std::to_string(kDeepest) + " levels");
    }
    skip_space();
    Type type;
    if (take('[')) {
      BLOX_ASSIGN(Type item, read_type(depth + 1));
      if (!take(']')) return expected("`]` after the type of the items");
      type = Type::list_of(std::move(item));
    } else if (take('{')) {
      BLOX_ASSIGN(type, read_struct(depth));
    } else {
      BLOX_ASSIGN(type, read_word());
    }
    return take('?') ? type.with_nullable(true) : type;
  }

  Result<Type> read_word() {
    const size_t start = at_;
    while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    for (const Kind kind :
         {Kind::kBool, Kind::kInt, Kind::kFloat, Kind::kString, Kind::kBytes, Kind::kTime, Kind::kAny}) {
      if (word == kind_name(kind)) return Type(kind);
    }
    at_ = start;
    return expected("a type (bool int float string bytes time any, [T] or {name: T})");
  }

  Result<Type> read_struct(int depth) {
    std::vector<Field> fields;
    std::vector<size_t> starts;
    if (take('}')) return Type::struct_of({});
    do {
      skip_space();
      starts.push_back(at_);
      Field field;
      BLOX_ASSIGN(field.name, read_name());
      if (!take(':')) return expected("`:` after the name of a field");
      BLOX_ASSIGN(field.type, read_type(depth + 1));
      fields.push_back(std::move(field));
    } while (take(','));
    if (!take('}')) return expected("`,` or `}` after a field");
    BLOX_TRY(check_names(fields, starts));
    return Type::struct_of(std::move(fields));
  }

  // By sorting, so that a hostile type of very many fields costs no more than reading it.
  static Status check_names(const std::vector<Field>& fields, const std::vector<size_t>& starts) {
    std::vector<size_t> order(fields.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return fields[a].name < fields[b].name; });
    const auto twin = std::adjacent_find(order.begin(), order.end(),
                                         [&](size_t a, size_t b) { return fields[a].name == fields[b].name; });
    if (twin == order.end()) return {};
    return Status::user("type.duplicate", "the field " + quoted_name(fields[*twin].name) +
                                              " stands twice, again at byte " + std::to_string(starts[*(twin + 1)]));
  }

  Result<std::string> read_name() {
    if (at_ < text_.size() && text_[at_] == '`') return read_quoted_name();
    if (at_ == text_.size() || !is_word_start(text_[at_])) return expected("the name of a field");
    const size_t start = at_;
    while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  // `any text`, with a backquote in it written twice.
  Result<std::string> read_quoted_name() {
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '`') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '`') {
          ++at_;
          return name;
        }
        ++at_;
      }
      name += text_[at_];
    }
    return expected("a closing backquote");
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Status expected(std::string_view what) {
    skip_space();
    std::string found = "the end";
    if (at_ < text_.size()) {
      size_t end = at_ + 1;
      while (is_word_part(text_[at_]) && end < text_.size() && end - at_ < 32 && is_word_part(text_[end])) ++end;
      found = "`" + std::string(text_.substr(at_, end - at_)) + "`";
    }
    return Status::user("type.syntax",
                        "expected " + std::string(what) + " at byte " + std::to_string(at_) + ", found " + found);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Type> Type::parse(std::string_view text) { return TypeReader(text).read_all(); }

std::string quoted_name(std::string_view name) {
  bool plain = !name.empty() && ((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_');
  for (const char c : name) plain = plain && is_word_part(c);
  if (plain && name != "true" && name != "false" && name != "null") return std::string(name);
  std::string out = "`";
  for (const char c : name) out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

std::string Type::to_string() const {
  std::string out;
  if (kind_ == Kind::kList) {
    out = "[" + item().to_string() + "]";
  } else if (kind_ == Kind::kStruct) {
    out = "{";
    for (const Field& field : fields()) {
      if (out.size() > 1) out += ", ";
      out += quoted_name(field.name) + ": " + field.type.to_string();
    }
    out += "}";
  } else {
    out = kind_name(kind_);
  }
  return nullable_ ? out + "?" : out;
}

}  // namespace blox
