#include "tools/blox/test/value_pattern.h"

#include <algorithm>
#include <cmath>

#include "core/data/json.h"
#include "tools/blox/test/value_node.h"

namespace blox::tools {

std::optional<double> number_of(const Datum& value) {
  if (const int64_t* whole = value.get_if<int64_t>()) return static_cast<double>(*whole);
  if (const double* number = value.get_if<double>()) return *number;
  return std::nullopt;
}

namespace {

using Node = ValuePattern::Node;
using NodePtr = ValueNode;
using Kind = Node::Kind;

int compared(const Datum& a, const Datum& b) {
  if (const int64_t* x = a.get_if<int64_t>(), *y = b.get_if<int64_t>(); x != nullptr && y != nullptr) {
    return *x < *y ? -1 : *x > *y ? 1 : 0;
  }
  if (const std::optional<double> x = number_of(a), y = number_of(b); x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  const std::string &x = *a.get_if<std::string>(), &y = *b.get_if<std::string>();
  Micros at = 0, other = 0;
  if (read_time(x, &at) && read_time(y, &other)) return at < other ? -1 : at > other ? 1 : 0;
  return x.compare(y);
}

bool comparable(const Datum& bound, const Datum& value) {
  const std::optional<double> number = number_of(value);
  if (number_of(bound)) return number && !std::isnan(*number);
  return value.get_if<std::string>() != nullptr;
}

bool of_type(std::string_view type, const Datum& value) {
  if (type == "int") return value.get_if<int64_t>() != nullptr;
  if (type == "float") return number_of(value).has_value();
  if (type == "bool") return value.get_if<bool>() != nullptr;
  if (type == "list") return value.get_if<Datum::List>() != nullptr;
  if (type == "record") return value.get_if<Datum::Struct>() != nullptr;
  const std::string* text = value.get_if<std::string>();
  Micros at = 0;
  return text != nullptr && (type == "string" || read_time(*text, &at));
}

bool near(const Datum& wanted, const Datum& value, double amount) {
  const std::optional<double> x = number_of(wanted), y = number_of(value);
  return x && y && std::fabs(*x - *y) <= amount;
}

bool fits(const Node& node, const Datum& value, double within);

bool fits_list(const Node& node, const Datum::List& items, double within) {
  size_t item = 0;
  for (size_t i = 0; i < node.nodes.size(); ++i) {
    if (node.nodes[i]->kind != Kind::kRest) {
      if (item >= items.size() || !fits(*node.nodes[i], items[item++], within)) return false;
      continue;
    }
    // The earliest place for what stands up to the next `...` leaves most room for the rest; the last part is at the
    // end.
    const auto behind = node.nodes.begin() + static_cast<ptrdiff_t>(i) + 1;
    const auto next = std::find_if(behind, node.nodes.end(), [](const NodePtr& n) { return n->kind == Kind::kRest; });
    const auto length = static_cast<size_t>(next - behind);
    if (items.size() < item + length) return false;
    const auto here = [&](size_t at) {
      for (size_t k = 0; k < length; ++k) {
        if (!fits(*node.nodes[i + 1 + k], items[at + k], within)) return false;
      }
      return true;
    };
    if (next == node.nodes.end()) return here(items.size() - length);
    while (item + length <= items.size() && !here(item)) ++item;
    if (item + length > items.size()) return false;
    item += length;
    i += length;
  }
  return item == items.size();
}

const Datum* member(const Datum::Struct& fields, const std::string& name) {
  for (const auto& [known, value] : fields) {
    if (known == name) return &value;
  }
  return nullptr;
}

bool fits_record(const Node& node, const Datum::Struct& fields, double within) {
  if (!node.open && fields.size() != node.names.size()) return false;
  for (size_t i = 0; i < node.names.size(); ++i) {
    const Datum* const value = node.open                          ? member(fields, node.names[i])
                               : fields[i].first == node.names[i] ? &fields[i].second
                                                                  : nullptr;
    if (value == nullptr || !fits(*node.nodes[i], *value, within)) return false;
  }
  return true;
}

bool fits(const Node& node, const Datum& value, double within) {
  switch (node.kind) {
    case Kind::kValue: return node.value == value || (within > 0 && near(node.value, value, within));
    case Kind::kAnything: return true;
    case Kind::kType: return of_type(node.type, value);
    case Kind::kRegex:
      return value.get_if<std::string>() != nullptr && node.regex->matches(*value.get_if<std::string>());
    case Kind::kRange:
      return comparable(node.from ? *node.from : *node.to, value) && (!node.from || compared(*node.from, value) <= 0) &&
             (!node.to || compared(value, *node.to) <= 0);
    case Kind::kNear: {
      const double amount = node.tolerance.amount;
      return near(node.value, value, node.tolerance.relative ? std::fabs(*number_of(node.value)) * amount : amount);
    }
    case Kind::kNot: return !fits(*node.nodes[0], value, within);
    case Kind::kOneOf:
      return std::any_of(node.nodes.begin(), node.nodes.end(),
                         [&](const NodePtr& n) { return fits(*n, value, within); });
    case Kind::kRecord: {
      const Datum::Struct* fields = value.get_if<Datum::Struct>();
      return fields != nullptr && fits_record(node, *fields, within);
    }
    case Kind::kList: {
      const Datum::List* items = value.get_if<Datum::List>();
      return items != nullptr && fits_list(node, *items, within);
    }
    case Kind::kRest: return false;
  }
  return false;
}

void explain(const Node& node, const Datum& value, const std::string& path, double within,
             std::vector<FieldDifference>& out) {
  const Datum::Struct* fields = value.get_if<Datum::Struct>();
  if (fits(node, value, within)) return;
  if (node.kind != Kind::kRecord || fields == nullptr) {
    out.push_back({path, node.text, to_json(value)});
    return;
  }
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  const size_t before = out.size();
  for (size_t i = 0; i < node.names.size(); ++i) {
    const Datum* const found = member(*fields, node.names[i]);
    if (found == nullptr) {
      out.push_back({below(node.names[i]), node.nodes[i]->text, "no such field"});
    } else {
      explain(*node.nodes[i], *found, below(node.names[i]), within, out);
    }
  }
  for (const auto& [name, extra] : *fields) {
    const bool known = node.open || std::find(node.names.begin(), node.names.end(), name) != node.names.end();
    if (!known) out.push_back({below(name), "no such field", to_json(extra)});
  }
  if (out.size() == before) out.push_back({path, "the fields in this order", "another order"});
}

}  // namespace

Result<ValuePattern> ValuePattern::parse(std::string_view text) {
  BLOX_ASSIGN(NodePtr root, parse_value_pattern(text));
  return ValuePattern(std::move(root));
}

bool ValuePattern::matches(const Datum& value, double within) const { return fits(*root_, value, within); }

std::vector<FieldDifference> ValuePattern::differences(const Datum& value, double within) const {
  std::vector<FieldDifference> out;
  explain(*root_, value, "", within, out);
  return out;
}

bool ValuePattern::is_record() const { return root_->kind == Kind::kRecord; }

namespace {

std::optional<Datum> value_of(const Node& node) {
  if (node.kind == Kind::kValue) return node.value;
  if (node.kind == Kind::kList) {
    Datum::List items;
    for (const NodePtr& item : node.nodes) {
      std::optional<Datum> value = value_of(*item);
      if (!value) return std::nullopt;
      items.push_back(std::move(*value));
    }
    return Datum(std::move(items));
  }
  if (node.kind != Kind::kRecord || node.open) return std::nullopt;
  Datum::Struct fields;
  for (size_t i = 0; i < node.nodes.size(); ++i) {
    std::optional<Datum> value = value_of(*node.nodes[i]);
    if (!value) return std::nullopt;
    fields.emplace_back(node.names[i], std::move(*value));
  }
  return Datum(std::move(fields));
}

}  // namespace

std::optional<Datum> ValuePattern::value() const { return value_of(*root_); }

}  // namespace blox::tools
