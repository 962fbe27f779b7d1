#include "core/data/type.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace blox {

/// What lists and structs share between copies: the item (named "item") or the fields.
struct Type::Inner {
  std::vector<Field> fields;
};

namespace {

void check_names_differ(const std::vector<Field>& fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.push_back(field.name);
  std::sort(names.begin(), names.end());
  BLOX_CHECK(std::adjacent_find(names.begin(), names.end()) == names.end(), "two fields of one name in a struct");
}

}  // namespace

Type Type::list_of(Type item, bool nullable) {
  Type type(Kind::kList, nullable);
  auto inner = std::make_shared<Inner>();
  inner->fields.push_back({"item", std::move(item)});
  type.inner_ = std::move(inner);
  return type;
}

Type Type::struct_of(std::vector<Field> fields, bool nullable) {
  check_names_differ(fields);
  Type type(Kind::kStruct, nullable);
  auto inner = std::make_shared<Inner>();
  inner->fields = std::move(fields);
  type.inner_ = std::move(inner);
  return type;
}

const Type& Type::item() const {
  BLOX_CHECK(kind_ == Kind::kList && inner_ != nullptr, "the item of a type that is no list");
  return inner_->fields[0].type;
}

const std::vector<Field>& Type::fields() const {
  static const std::vector<Field> none;
  BLOX_CHECK(kind_ == Kind::kStruct, "the fields of a type that is no struct");
  return inner_ == nullptr ? none : inner_->fields;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_ || a.nullable_ != b.nullable_) return false;
  if (a.inner_ == b.inner_) return true;
  if (a.kind_ == Kind::kStruct) return a.fields() == b.fields();
  return a.inner_ != nullptr && b.inner_ != nullptr && a.item() == b.item();
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kFloat: return "float";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kTime: return "time";
    case Kind::kList: return "list";
    case Kind::kStruct: return "struct";
    case Kind::kAny: return "any";
  }
  return "unknown";
}

namespace {

// Whether values of `from` have the layout of `to` and stay valid: only null may be added.
bool fits_unchanged(const Type& from, const Type& to) {
  if (from.kind() != to.kind() || (from.nullable() && !to.nullable())) return false;
  if (from.kind() == Kind::kList) return fits_unchanged(from.item(), to.item());
  if (from.kind() != Kind::kStruct) return true;
  const auto& a = from.fields();
  const auto& b = to.fields();
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Field& x, const Field& y) { return x.name == y.name && fits_unchanged(x.type, y.type); });
}

}  // namespace

bool fits(const Type& from, const Type& to) {
  if (from.kind() == Kind::kInt && to.kind() == Kind::kFloat) return to.nullable() || !from.nullable();
  return fits_unchanged(from, to);
}

std::optional<Type> meet(const Type& a, const Type& b) {
  if (a.with_nullable(false) != b.with_nullable(false)) return std::nullopt;
  return a.with_nullable(a.nullable() || b.nullable());
}

}  // namespace blox
