#include "tools/blox/infer.h"

#include <algorithm>
#include <charconv>

namespace blox::tools {

void TypeGuess::take_shape(Shape shape) {
  if (shape_ == Shape::kNone) {
    shape_ = shape;
    return;
  }
  if (shape_ == shape || shape_ == Shape::kMixed) return;
  const auto both = [&](Shape a, Shape b) { return (shape_ == a && shape == b) || (shape_ == b && shape == a); };
  if (both(Shape::kInt, Shape::kFloat)) {
    shape_ = Shape::kFloat;
  } else if (both(Shape::kTime, Shape::kString)) {
    shape_ = Shape::kString;
  } else {
    shape_ = Shape::kMixed;
  }
}

void TypeGuess::learn(const Datum& value) {
  if (value.is_null()) {
    nullable_ = true;
  } else if (value.get_if<bool>()) {
    take_shape(Shape::kBool);
  } else if (value.get_if<int64_t>()) {
    take_shape(Shape::kInt);
  } else if (value.get_if<double>()) {
    take_shape(Shape::kFloat);
  } else if (const std::string* text = value.get_if<std::string>()) {
    const bool stamp = text->size() > 10 && (*text)[10] == 'T' && parse_time(*text).is_ok();
    take_shape(stamp ? Shape::kTime : Shape::kString);
  } else if (value.get_if<Datum::Time>()) {
    take_shape(Shape::kTime);
  } else if (value.get_if<Datum::Bytes>()) {
    take_shape(Shape::kBytes);
  } else if (const Datum::List* items = value.get_if<Datum::List>()) {
    take_shape(Shape::kList);
    if (item_.empty() && !items->empty()) item_.emplace_back();
    for (const Datum& item : *items) item_[0].learn(item);
  } else if (const Datum::Struct* fields = value.get_if<Datum::Struct>()) {
    take_shape(Shape::kStruct);
    ++records_;
    for (const auto& field : *fields) {
      const auto same = [&](const Member& member) { return member.name == field.first; };
      auto known = std::find_if(members_.begin(), members_.end(), same);
      if (known == members_.end()) known = members_.insert(members_.end(), Member{field.first, {}, 0});
      known->guess.learn(field.second);
      ++known->seen;
    }
  }
}

Type TypeGuess::type() const {
  switch (shape_) {
    case Shape::kBool: return Type(Kind::kBool, nullable_);
    case Shape::kInt: return Type(Kind::kInt, nullable_);
    case Shape::kFloat: return Type(Kind::kFloat, nullable_);
    case Shape::kTime: return Type(Kind::kTime, nullable_);
    case Shape::kString: return Type(Kind::kString, nullable_);
    case Shape::kBytes: return Type(Kind::kBytes, nullable_);
    case Shape::kList: return Type::list_of(item_.empty() ? Type(Kind::kAny, true) : item_[0].type(), nullable_);
    case Shape::kStruct: {
      std::vector<Field> fields;
      for (const Member& member : members_) {
        const Type type = member.guess.type();
        fields.push_back({member.name, type.with_nullable(type.nullable() || member.seen < records_)});
      }
      return Type::struct_of(std::move(fields), nullable_);
    }
    case Shape::kNone:
    case Shape::kMixed: break;
  }
  return Type(Kind::kAny, nullable_ || shape_ == Shape::kNone);
}

Datum guess_cell(const std::string& cell) {
  if (cell.empty()) return {};
  if (cell == "true" || cell == "false") return Datum(cell == "true");
  const char* const end = cell.data() + cell.size();
  int64_t integer = 0;
  if (const auto read = std::from_chars(cell.data(), end, integer); read.ec == std::errc() && read.ptr == end)
    return Datum(integer);
  double real = 0;
  if (const auto read = std::from_chars(cell.data(), end, real); read.ec == std::errc() && read.ptr == end)
    return Datum(real);
  return Datum(cell);
}

}  // namespace blox::tools
