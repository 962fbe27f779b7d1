#include "core/data/json_record.h"

#include <cstring>
#include <limits>
#include <utility>

#include "core/data/any.h"
#include "core/data/base64.h"
#include "core/data/messagepack.h"

namespace blox {

JsonRecord::JsonRecord(LogBuilder* log, const JsonReader::Options& options) : log_(log), options_(options) {
  size_t fields = log->schema().size();
  if (options.extra == JsonReader::Extra::kAny) extra_ = &log->column(--fields);
  root_.type = log->schema().as_type();
  for (size_t i = 0; i < fields; ++i) root_.fields.push_back(make_node(log->schema().at(i), &log->column(i), ""));
}

JsonRecord::Token JsonRecord::make_token(const std::string& name) {
  Token token;
  const std::string text = "\"" + name + "\":";
  if (text.size() > Token::kLongest || name.find_first_of("\\\"") != std::string::npos) return token;
  const std::string ones(text.size(), '\xff');
  std::memcpy(token.words, text.data(), text.size());
  std::memcpy(token.masks, ones.data(), ones.size());
  return token;
}

JsonRecord::Node JsonRecord::make_node(const Field& field, ColumnBuilder* builder, const std::string& path) {
  Node node;
  node.type = field.type;
  node.name = field.name;
  node.token = make_token(field.name);
  node.path = path + field.name + ".";
  node.builder = builder;
  if (field.type.kind() == Kind::kList)
    node.fields.push_back(make_node({"", field.type.item()}, &builder->item(), node.path));
  if (field.type.kind() != Kind::kStruct) return node;
  for (size_t i = 0; i < field.type.fields().size(); ++i) {
    node.fields.push_back(make_node(field.type.fields()[i], &builder->field(i), node.path));
  }
  return node;
}

bool JsonRecord::read(JsonCursor* cursor) {
  cursor_ = cursor;
  if (options_.whole_values) {
    if (!value(root_.fields[0])) return false;
  } else if (!object(root_, log_->rows())) {
    return false;
  }
  log_->end_row();
  return true;
}

bool JsonRecord::value(Node& node) {
  if (cursor_->peek() == 'n') [[unlikely]]
    return null(node);
  switch (node.type.kind()) {
    case Kind::kString:
      if (cursor_->peek() != '"') return cursor_->fail_type("a string");
      return cursor_->string(node.builder);
    case Kind::kInt: {
      int64_t number = 0;
      if (!cursor_->integer(&number)) return false;
      node.builder->append_int(number);
      return true;
    }
    case Kind::kFloat: return floating(node);
    case Kind::kBool: {
      bool truth = false;
      if (!cursor_->boolean(&truth)) return false;
      node.builder->append_bool(truth);
      return true;
    }
    case Kind::kTime:
    case Kind::kBytes: return text_value(node);
    case Kind::kAny: return any_value(*node.builder);
    case Kind::kList: return list(node);
    case Kind::kStruct:
      if (!object(node, node.builder->rows())) return false;
      node.builder->append_struct();
      return true;
  }
  return false;
}

bool JsonRecord::null(Node& node) {
  if (!cursor_->null()) return false;
  if (node.type.nullable()) {
    node.builder->append_null();
    return true;
  }
  if (node.type.kind() != Kind::kAny)
    return cursor_->fail("json.null", "it is null, which " + node.type.to_string() + " may not be");
  MessagePackWriter(&node.builder->open_value()).nil();
  node.builder->end_value();
  return true;
}

bool JsonRecord::floating(Node& node) {
  const char first = cursor_->peek();
  if (first == '"') return not_finite(node);
  if (first != '-' && (first < '0' || first > '9')) return cursor_->fail_type("a float");
  JsonNumber number;
  if (!cursor_->number(&number)) return false;
  node.builder->append_float(number.as_float());
  return true;
}

bool JsonRecord::not_finite(Node& node) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::string_view text;
  if (!cursor_->string(&text, &scratch_)) return false;
  if (text == "NaN") {
    node.builder->append_float(std::numeric_limits<double>::quiet_NaN());
  } else if (text == "Infinity" || text == "-Infinity") {
    node.builder->append_float(text[0] == '-' ? -kInfinity : kInfinity);
  } else {
    return cursor_->fail("json.type", "it is a string, not a float");
  }
  return true;
}

bool JsonRecord::text_value(Node& node) {
  const bool is_time = node.type.kind() == Kind::kTime;
  std::string_view text;
  if (cursor_->peek() != '"') return cursor_->fail_type(is_time ? "a string with a time" : "a string with base64");
  if (!cursor_->string(&text, &scratch_)) return false;
  if (is_time) {
    Micros micros = 0;
    if (!read_time(text, &micros)) return cursor_->fail("json.type", "it is no time such as 2026-01-02T03:04:05Z");
    node.builder->append_int(micros);
    return true;
  }
  if (!append_from_base64(text, &node.builder->open_value())) return cursor_->fail("json.type", "it is no base64");
  node.builder->end_value();
  return true;
}

bool JsonRecord::list(Node& node) {
  if (!cursor_->take('[')) return cursor_->fail_type("a list");
  if (!cursor_->take(']')) {
    do {
      if (!value(node.fields[0])) return false;
    } while (cursor_->take(','));
    if (!cursor_->take(']')) return cursor_->fail_syntax("`,` or `]`");
  }
  node.builder->append_list();
  return true;
}

bool JsonRecord::object(Node& node, uint32_t rows) {
  if (!cursor_->take('{')) return cursor_->fail_type("an object");
  size_t found = 0;
  uint32_t position = 0;
  if (&node == &root_ && extra_ != nullptr) {
    extra_entries_.truncate(0);
    extra_count_ = 0;
    extra_repeated_ = false;
  }
  if (!cursor_->take('}')) {
    do {
      const uint32_t index = member(node, position++);
      if (index == kFaulty) return false;
      if (index == kExtraMember) {
        if (!extra_member(node)) return false;
        continue;
      }
      Node& field = node.fields[index];
      if (field.builder->rows() != rows) [[unlikely]] {
        cursor_->fail("json.duplicate", "it stands twice in one object");
        cursor_->fault().path = field.name;
        return false;
      }
      if (!value(field)) [[unlikely]] {
        std::string& path = cursor_->fault().path;
        path = path.empty() ? field.name : field.name + "." + path;
        return false;
      }
      ++found;
    } while (cursor_->take(','));
    if (!cursor_->take('}')) return cursor_->fail_syntax("`,` or `}`");
  }
  if (&node == &root_ && extra_ != nullptr) end_extra();
  return found == node.fields.size() || fill_missing(node, rows);
}

uint32_t JsonRecord::member(Node& node, uint32_t position) {
  if (position < node.order.size()) [[likely]] {
    const uint32_t index = node.order[position];
    const Token& token = node.fields[index].token;
    uint64_t words[2];
    if (token.masks[0] != 0 && cursor_->left() >= sizeof words) [[likely]] {
      std::memcpy(words, cursor_->position(), sizeof words);
      if ((((words[0] & token.masks[0]) ^ token.words[0]) | ((words[1] & token.masks[1]) ^ token.words[1])) == 0) {
        cursor_->pass();
        cursor_->pass();
        return index;
      }
    }
  }
  return search_member(node, position);
}

uint32_t JsonRecord::search_member(Node& node, uint32_t position) {
  if (cursor_->peek() != '"') {
    cursor_->fail_syntax("a member's name");
    return kFaulty;
  }
  if (!cursor_->string(&member_name_, &scratch_)) return kFaulty;
  if (!cursor_->take(':')) {
    cursor_->fail_syntax("`:`");
    return kFaulty;
  }
  for (uint32_t i = 0; i < node.fields.size(); ++i) {
    if (node.fields[i].name != member_name_) continue;
    if (position < node.order.size()) {
      node.order[position] = i;
    } else if (position < 2 * node.fields.size()) {  // many extra members must not make it grow
      node.order.resize(position, i);
      node.order.push_back(i);
    }
    return i;
  }
  return kExtraMember;
}

// Of members that an object has twice the last counts, as wherever JSON becomes a value of type `any`.
bool JsonRecord::any_value(ColumnBuilder& column) {
  BufferBuilder& out = column.open_value();
  const size_t start = out.size();
  const bool read = cursor_->any(&out);
  const bool repeated = cursor_->take_repeated();
  if (!read) return false;
  if (repeated) [[unlikely]] {
    if (options_.unique_members) return cursor_->fail("json.duplicate", "an object has a member twice");
    const std::string kept = last_members({reinterpret_cast<const char*>(out.data()) + start, out.size() - start});
    out.truncate(start);
    out.append(kept.data(), kept.size());
  }
  column.end_value();
  return true;
}

bool JsonRecord::extra_member(const Node& node) {
  if (options_.extra == JsonReader::Extra::kIgnore) return cursor_->skip();
  if (options_.extra == JsonReader::Extra::kError) {
    std::string name(member_name_);
    cursor_->fail("json.extra", "it is no field of the schema");
    cursor_->fault().path = std::move(name);
    return false;
  }
  ++extra_count_;
  MessagePackWriter(&extra_entries_).string(node.path + std::string(member_name_));
  if (!cursor_->any(&extra_entries_, 1)) return false;
  extra_repeated_ = cursor_->take_repeated() || extra_repeated_;
  return true;
}

void JsonRecord::end_extra() {
  if (extra_count_ == 0) return extra_->append_null();
  BufferBuilder& value = extra_->open_value();
  const size_t start = value.size();
  MessagePackWriter(&value).map(extra_count_);
  value.append(extra_entries_.data(), extra_entries_.size());
  if (extra_count_ > 1 || extra_repeated_) {
    const std::string kept = last_members({reinterpret_cast<const char*>(value.data()) + start, value.size() - start});
    value.truncate(start);
    value.append(kept.data(), kept.size());
  }
  extra_->end_value();
}

bool JsonRecord::fill_missing(Node& node, uint32_t rows) {
  for (Node& field : node.fields) {
    if (field.builder->rows() != rows) continue;
    if (!field.type.nullable()) {
      cursor_->fail("json.missing", "it is missing");
      cursor_->fault().path = field.name;
      return false;
    }
    field.builder->append_null();
  }
  return true;
}

}  // namespace blox
