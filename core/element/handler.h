// Named values of an element that the outside may read and, where declared, set, between two calls.
//
//   Handler<int64_t> keys_{this, "keys", "distinct keys", [this] { return counts_.size(); }};
//   Handler<int64_t> seen_{this, "seen", "records", OfShard::kSum, [this] { return seen_; }};
//   Handler<int64_t> rate_{this, "rate", "records a second", [this] { return rate(); },
//                          [this](int64_t wanted) { return set_rate(wanted); }};
//
// A shard has the handlers of its replicas: what is read is made of what all say, what is set is set at each.
//
// Owns     its two functions
// Threads  of the element's task: the runtime calls them between two calls of the element
#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/base/status.h"
#include "core/data/datum.h"

namespace blox {

class Element;

/// What a handler of a shard says, made of what those of its replicas say.
enum class OfShard : uint8_t {
  kEach,  ///< a map from the number of the replica to what it says
  kSum,   ///< of numbers
  kMost,  ///< the greatest number
  kList,  ///< the items of all, replica by replica
};

/// By number of the replica; what is no number, or no list, is told as kEach.
Datum value_of_shard(OfShard how, std::span<const Datum> replicas);

class HandlerBase {
 public:
  HandlerBase(Element* owner, const char* name, const char* doc, OfShard of_shard);
  virtual ~HandlerBase() = default;
  HandlerBase(const HandlerBase&) = delete;
  HandlerBase& operator=(const HandlerBase&) = delete;

  const char* name() const { return name_; }
  const char* doc() const { return doc_; }
  OfShard of_shard() const { return of_shard_; }
  virtual bool writable() const = 0;
  virtual Datum get() const = 0;
  virtual Status set(const Datum& value) = 0;

 protected:
  Status refuse(const Datum& value) const;

 private:
  const char* name_;
  const char* doc_;
  OfShard of_shard_;
};

template <typename T>
class Handler final : public HandlerBase {
 public:
  Handler(Element* owner, const char* name, const char* doc, std::function<T()> get,
          std::function<Status(const T&)> set = nullptr)
      : Handler(owner, name, doc, OfShard::kEach, std::move(get), std::move(set)) {}
  Handler(Element* owner, const char* name, const char* doc, OfShard of_shard, std::function<T()> get,
          std::function<Status(const T&)> set = nullptr)
      : HandlerBase(owner, name, doc, of_shard), get_(std::move(get)), set_(std::move(set)) {}

  bool writable() const override { return set_ != nullptr; }
  Datum get() const override { return Datum(get_()); }
  Status set(const Datum& value) override {
    const T* typed = value.get_if<T>();
    return set_ != nullptr && typed != nullptr ? set_(*typed) : refuse(value);
  }

 private:
  std::function<T()> get_;
  std::function<Status(const T&)> set_;
};

}  // namespace blox
