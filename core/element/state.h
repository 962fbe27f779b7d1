// Declared state: what an element must not forget, so that the runtime can capture, move and load it.
//
//   Value<int64_t>        next_{this, "next", Version{1}};                // one value
//   Keyed<Key, int64_t>   counts_{this, "counts", Version{1}};            // one value a key
//   Appended<std::string> lines_{this, "lines", Version{1}};              // a sequence that grows at the end
//
// Other members of an element hold only what `open` can rebuild. Capture happens between two calls.
//
// Owns     its content; Keyed keeps it in a KeyedStore that the runtime provides (core/state)
// Threads  of the element's task
// Bounds   `bytes()` counts against the element's `memory` setting
// Order    Keyed is unordered; entries of Appended are loaded in the order in which they were captured
// Errors   load() refuses entries that its codec cannot read or of a newer version
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/status.h"
#include "core/data/key.h"
#include "core/data/log.h"

namespace blox {

class Element;

struct Version {
  uint32_t number = 1;
};

/// One piece of captured state. The views live as long as the call that gets them.
struct StateEntry {
  std::string_view key;    ///< canonical key encoding for Keyed; empty for Value; index for Appended
  std::string_view value;  ///< by StateCodec
};

/// Takes captured entries. A snapshot implements it.
class StateSink {
 public:
  virtual ~StateSink() = default;
  virtual void entry(const StateEntry& entry) = 0;
};

/// How a T is written into a snapshot. Specialise it for types of your own; the format is little-endian and frozen
/// by the state's version.
template <typename T, typename = void>
struct StateCodec;

template <typename T>
struct StateCodec<T, std::enable_if_t<std::is_arithmetic_v<T>>> {
  static void encode(const T& value, std::string& out) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static bool decode(std::string_view& in, T& value) {
    if (in.size() < sizeof value) return false;
    if constexpr (std::is_same_v<T, bool>) {
      if (in[0] != 0 && in[0] != 1) return false;  // no other byte is a bool
    }
    std::memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return true;
  }
};

template <>
struct StateCodec<std::string> {
  static void encode(const std::string& value, std::string& out);
  static bool decode(std::string_view& in, std::string& value);
};

template <>
struct StateCodec<Log> {
  static void encode(const Log& value, std::string& out);
  static bool decode(std::string_view& in, Log& value);
};

template <typename T>
struct StateCodec<std::vector<T>> {
  static void encode(const std::vector<T>& values, std::string& out) {
    StateCodec<uint64_t>::encode(values.size(), out);
    for (const T& value : values) StateCodec<T>::encode(value, out);
  }
  static bool decode(std::string_view& in, std::vector<T>& values) {
    uint64_t count = 0;
    if (!StateCodec<uint64_t>::decode(in, count)) return false;
    values.clear();
    for (uint64_t i = 0; i < count; ++i) {
      T value{};
      if (!StateCodec<T>::decode(in, value)) return false;
      values.push_back(std::move(value));
    }
    return true;
  }
};

/// What all states have in common.
class State {
 public:
  State(Element* owner, const char* name, Version version);
  virtual ~State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const char* name() const { return name_; }
  Version version() const { return version_; }

  /// Gives every entry to the sink. Between calls only.
  virtual void capture(StateSink& sink) const = 0;
  /// Puts one captured entry back; the state was cleared before the first.
  virtual Status load(const StateEntry& entry) = 0;
  virtual void clear() = 0;
  virtual size_t bytes() const = 0;
  /// False where it stays small however much arrives: then it needs no `memory` setting.
  virtual bool grows() const { return true; }

 protected:
  Status refuse(const StateEntry& entry) const;

 private:
  const char* name_;
  Version version_;
};

template <typename T>
class Value final : public State {
 public:
  Value(Element* owner, const char* name, Version version, T initial = {})
      : State(owner, name, version), value_(initial), initial_(std::move(initial)) {}

  const T& operator*() const { return value_; }
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }
  T* operator->() { return &value_; }
  Value& operator=(T value) {
    value_ = std::move(value);
    return *this;
  }

  void capture(StateSink& sink) const override {
    std::string out;
    StateCodec<T>::encode(value_, out);
    sink.entry({{}, out});
  }
  Status load(const StateEntry& entry) override {
    std::string_view in = entry.value;
    return StateCodec<T>::decode(in, value_) && in.empty() ? Status::ok() : refuse(entry);
  }
  void clear() override { value_ = initial_; }
  size_t bytes() const override { return sizeof(T); }
  bool grows() const override { return false; }

 private:
  T value_;
  T initial_;
};

template <typename T>
class Appended final : public State {
 public:
  using State::State;

  void append(T value) {
    bytes_ += sizeof(T);
    values_.push_back(std::move(value));
  }
  const std::vector<T>& values() const { return values_; }

  void capture(StateSink& sink) const override {
    std::string key, out;
    for (size_t i = 0; i < values_.size(); ++i) {
      key.clear();
      out.clear();
      StateCodec<uint64_t>::encode(i, key);
      StateCodec<T>::encode(values_[i], out);
      sink.entry({key, out});
    }
  }
  Status load(const StateEntry& entry) override {
    std::string_view key = entry.key, in = entry.value;
    uint64_t index = 0;
    T value{};
    // In the order captured: a gap would be a reason to allocate what no entry justifies.
    if (!StateCodec<uint64_t>::decode(key, index) || !key.empty() || index != values_.size() ||
        !StateCodec<T>::decode(in, value) || !in.empty()) {
      return refuse(entry);
    }
    append(std::move(value));
    return Status::ok();
  }
  void clear() override {
    values_.clear();
    bytes_ = 0;
  }
  size_t bytes() const override { return bytes_; }

 private:
  std::vector<T> values_;
  size_t bytes_ = 0;
};

/// The type-erased table behind Keyed: fixed-size values by bytes. Implemented in core/state.
class KeyedStore {
 public:
  /// How the values are made and unmade.
  struct Layout {
    size_t size = 0;
    size_t alignment = 0;
    void (*construct)(void* value) = nullptr;
    void (*destroy)(void* value) = nullptr;
    void (*move)(void* to, void* from) = nullptr;  ///< constructs `to`, destroys `from`
  };
  virtual ~KeyedStore() = default;
  /// One slot a key, made where it was absent: hash all, prefetch, probe. Slots live until the next insertion.
  virtual void upsert(const KeyBatch& keys, void** slots) = 0;
  /// The same without making any: null where absent.
  virtual void find(const KeyBatch& keys, void** slots) = 0;
  virtual bool erase(std::string_view key) = 0;
  virtual void for_each(const std::function<void(std::string_view key, void* value)>& visit) const = 0;
  virtual size_t size() const = 0;
  virtual size_t bytes() const = 0;
  virtual void clear() = 0;
};

using KeyedStoreFactory = std::function<std::unique_ptr<KeyedStore>(const KeyedStore::Layout&)>;

/// What all Keyed have in common, without their types.
class KeyedBase : public State {
 public:
  using State::State;
  /// For the runtime, before state is loaded.
  void provide(const KeyedStoreFactory& factory) { store_ = factory(layout()); }

  size_t size() const { return store_ == nullptr ? 0 : store_->size(); }
  bool erase(std::string_view key) { return store_->erase(key); }
  void clear() override {
    if (store_ != nullptr) store_->clear();
  }
  size_t bytes() const override { return store_ == nullptr ? 0 : store_->bytes(); }

 protected:
  virtual KeyedStore::Layout layout() const = 0;
  std::unique_ptr<KeyedStore> store_;
};

/// Keys are table keys as KeyReader (core/data/key.h) makes them from fields of a log; K says so in declarations.
template <typename K, typename V>
class Keyed final : public KeyedBase {
 public:
  using KeyedBase::KeyedBase;

  /// One slot a key of the batch, made (value-initialised) where absent. Valid until the next insertion.
  std::span<V*> slots(const KeyBatch& keys) {
    slots_.resize(keys.size());
    store_->upsert(keys, reinterpret_cast<void**>(slots_.data()));
    return slots_;
  }
  /// Null where absent.
  std::span<V*> find(const KeyBatch& keys) {
    slots_.resize(keys.size());
    store_->find(keys, reinterpret_cast<void**>(slots_.data()));
    return slots_;
  }
  void for_each(const std::function<void(std::string_view key, V& value)>& visit) const {
    store_->for_each([&](std::string_view key, void* value) { visit(key, *static_cast<V*>(value)); });
  }

  void capture(StateSink& sink) const override {
    std::string out;
    store_->for_each([&](std::string_view key, void* value) {
      out.clear();
      StateCodec<V>::encode(*static_cast<const V*>(value), out);
      sink.entry({key, out});
    });
  }
  Status load(const StateEntry& entry) override {
    std::string_view in = entry.value;
    const OneKey key(entry.key);
    void* slot = nullptr;
    store_->upsert(key.batch(), &slot);
    return StateCodec<V>::decode(in, *static_cast<V*>(slot)) && in.empty() ? Status::ok() : refuse(entry);
  }

 protected:
  KeyedStore::Layout layout() const override {
    return {sizeof(V), alignof(V), [](void* at) { new (at) V(); }, [](void* at) { static_cast<V*>(at)->~V(); },
            [](void* to, void* from) {
              new (to) V(std::move(*static_cast<V*>(from)));
              static_cast<V*>(from)->~V();
            }};
  }

 private:
  std::vector<V*> slots_;
};

}  // namespace blox
