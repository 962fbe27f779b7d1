#include "core/element/handler.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/element/element.h"

namespace blox {

namespace {

Datum by_replica(std::span<const Datum> replicas) {
  Datum::Struct all;
  for (size_t i = 0; i < replicas.size(); ++i) all.emplace_back(std::to_string(i), replicas[i]);
  return all;
}

Datum sum_of(std::span<const Datum> numbers) {
  int64_t whole = 0;
  double real = 0;
  bool is_whole = true;
  for (const Datum& number : numbers) {
    if (const int64_t* value = number.get_if<int64_t>()) {
      is_whole = is_whole && !__builtin_add_overflow(whole, *value, &whole);
      real += static_cast<double>(*value);
    } else {
      is_whole = false;
      real += *number.get_if<double>();
    }
  }
  return is_whole ? Datum(whole) : Datum(real);
}

double as_real(const Datum& number) {
  const int64_t* value = number.get_if<int64_t>();
  return value != nullptr ? static_cast<double>(*value) : *number.get_if<double>();
}

}  // namespace

Datum value_of_shard(OfShard how, std::span<const Datum> replicas) {
  const auto all = [&](const auto& fits) {
    return !replicas.empty() && std::all_of(replicas.begin(), replicas.end(), fits);
  };
  const bool numbers =
      all([](const Datum& value) { return value.get_if<int64_t>() != nullptr || value.get_if<double>() != nullptr; });
  if (how == OfShard::kSum && numbers) return sum_of(replicas);
  if (how == OfShard::kMost && numbers) {
    return *std::max_element(replicas.begin(), replicas.end(),
                             [](const Datum& a, const Datum& b) { return as_real(a) < as_real(b); });
  }
  if (how == OfShard::kList && all([](const Datum& value) { return value.get_if<Datum::List>() != nullptr; })) {
    Datum::List items;
    for (const Datum& value : replicas) {
      const Datum::List& more = *value.get_if<Datum::List>();
      items.insert(items.end(), more.begin(), more.end());
    }
    return items;
  }
  return by_replica(replicas);
}

HandlerBase::HandlerBase(Element* owner, const char* name, const char* doc, OfShard of_shard)
    : name_(name), doc_(doc), of_shard_(of_shard) {
  owner->handlers_.push_back(this);
}

Status HandlerBase::refuse(const Datum& value) const {
  if (!writable()) return Status::user("handler.read_only", fmt::format("the handler `{}` can only be read", name_));
  return Status::user("handler.type", fmt::format("the handler `{}` cannot be set to {}", name_, value.to_string()));
}

}  // namespace blox
