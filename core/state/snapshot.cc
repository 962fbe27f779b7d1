#include "core/state/snapshot.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "core/base/hash.h"

namespace blox {
namespace {

constexpr std::string_view kMagic = "BLOXSTAT";
constexpr uint32_t kFormat = 1;

void put_text(std::string_view text, std::string& out) {
  StateCodec<uint64_t>::encode(text.size(), out);
  out += text;
}

bool take_text(std::string_view& in, std::string_view& text) {
  uint64_t size = 0;
  if (!StateCodec<uint64_t>::decode(in, size) || size > in.size()) return false;
  text = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

class Writer final : public StateSink {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void entry(const StateEntry& entry) override {
    put_text(entry.key, out_);
    put_text(entry.value, out_);
    ++entries_;
  }
  uint64_t entries() const { return entries_; }

 private:
  std::string& out_;
  uint64_t entries_ = 0;
};

/// One state of a snapshot, its entries still unread.
struct Saved {
  std::string_view name;
  uint32_t version = 0;
  uint64_t entries = 0;
  std::string_view bytes;
};

Status malformed(std::string_view what) {
  return Status::user("snapshot.malformed", fmt::format("the snapshot is damaged: {}", what));
}

bool take_entry(std::string_view& in, StateEntry& entry) {
  return take_text(in, entry.key) && take_text(in, entry.value);
}

bool take_state(std::string_view& in, Saved& state) {
  if (!take_text(in, state.name) || !StateCodec<uint32_t>::decode(in, state.version) ||
      !StateCodec<uint64_t>::decode(in, state.entries)) {
    return false;
  }
  const std::string_view begin = in;
  StateEntry entry;
  for (uint64_t i = 0; i < state.entries; ++i) {
    if (!take_entry(in, entry)) return false;
  }
  state.bytes = begin.substr(0, begin.size() - in.size());
  return true;
}

Result<std::vector<Saved>> read(std::string_view snapshot, std::string_view class_name) {
  std::string_view in = snapshot;
  if (!in.starts_with(kMagic)) return malformed("it does not begin like one");
  in.remove_prefix(kMagic.size());
  uint32_t format = 0, count = 0;
  if (!StateCodec<uint32_t>::decode(in, format)) return malformed("it is cut short");
  if (format != kFormat) {
    return Status::user("snapshot.format",
                        fmt::format("the snapshot has format {}; this program reads {}", format, kFormat));
  }
  uint64_t hash = 0;
  if (in.size() < sizeof hash) return malformed("it is cut short");
  std::string_view tail = in.substr(in.size() - sizeof hash);
  in.remove_suffix(sizeof hash);
  StateCodec<uint64_t>::decode(tail, hash);
  if (hash != hash64(snapshot.substr(0, snapshot.size() - sizeof hash))) return malformed("its hash is wrong");
  std::string_view name;
  if (!take_text(in, name) || !StateCodec<uint32_t>::decode(in, count)) return malformed("it is cut short");
  if (name != class_name) {
    return Status::user("snapshot.class", fmt::format("the snapshot is of the class `{}`, not `{}`", name, class_name));
  }
  std::vector<Saved> states;
  for (uint32_t i = 0; i < count; ++i) {
    Saved state;
    if (!take_state(in, state)) return malformed("it is cut short");
    states.push_back(state);
  }
  if (!in.empty()) return malformed("something follows its end");
  return states;
}

State* find_state(const Element& element, std::string_view name) {
  for (State* state : element.states()) {
    if (state->name() == name) return state;
  }
  return nullptr;
}

Result<State*> state_of(const Element& element, const Saved& saved) {
  State* const state = find_state(element, saved.name);
  if (state == nullptr) {
    return Status::user("snapshot.state", fmt::format("`{}` has no state `{}`", element.class_name(), saved.name));
  }
  if (state->version().number != saved.version) {
    return Status::user("snapshot.version",
                        fmt::format("the state `{}` was saved by version {} of it; this is version {}", saved.name,
                                    saved.version, state->version().number));
  }
  return state;
}

Status load_states(const Element& element, const std::vector<Saved>& states) {
  for (const Saved& saved : states) {
    BLOX_ASSIGN(State* const state, state_of(element, saved));
    std::string_view in = saved.bytes;
    StateEntry entry;
    for (uint64_t i = 0; i < saved.entries; ++i) {
      BLOX_CHECK(take_entry(in, entry), "an entry that was there a moment ago");
      BLOX_TRY(state->load(entry));
    }
  }
  return Status::ok();
}

void clear_states(const Element& element) {
  for (State* state : element.states()) state->clear();
}

/// Entries of one state, as text and by number.
struct Dealt {
  std::string bytes;
  uint64_t entries = 0;
};

std::string begin_snapshot(const Element& element) {
  std::string out(kMagic);
  StateCodec<uint32_t>::encode(kFormat, out);
  put_text(element.class_name(), out);
  StateCodec<uint32_t>::encode(static_cast<uint32_t>(element.states().size()), out);
  return out;
}

void put_state(const State& state, const Dealt& share, std::string& out) {
  put_text(state.name(), out);
  StateCodec<uint32_t>::encode(state.version().number, out);
  StateCodec<uint64_t>::encode(share.entries, out);
  out += share.bytes;
}

void end_snapshot(std::string& out) { StateCodec<uint64_t>::encode(hash64(out), out); }

/// Adds the entries of one state to the shares of those who get them.
void deal(const Saved& saved, const OwnersOfKeys& owners, std::vector<Dealt>& shares, uint64_t& dropped) {
  std::vector<StateEntry> entries(saved.entries);
  std::vector<std::string_view> keys;
  std::string_view in = saved.bytes;
  for (StateEntry& entry : entries) {
    BLOX_CHECK(take_entry(in, entry), "an entry that was there a moment ago");
    keys.push_back(entry.key);
  }
  const std::vector<size_t> to = owners(keys);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (to[i] >= shares.size()) {
      ++dropped;
      continue;
    }
    Dealt& share = shares[to[i]];
    put_text(entries[i].key, share.bytes);
    put_text(entries[i].value, share.bytes);
    ++share.entries;
  }
}

}  // namespace

Result<std::vector<std::string>> divide(const Element& like, std::span<const std::string> snapshots, size_t parts,
                                        const OwnersOfKeys& owners, uint64_t& dropped) {
  std::map<const State*, std::vector<Dealt>> shares;
  for (const State* state : like.states()) shares[state].resize(parts);
  for (const std::string& snapshot : snapshots) {
    BLOX_ASSIGN(const std::vector<Saved> states, read(snapshot, like.class_name()));
    for (const Saved& saved : states) {
      BLOX_ASSIGN(State* const state, state_of(like, saved));
      deal(saved, owners, shares[state], dropped);
    }
  }
  std::vector<std::string> out(parts, begin_snapshot(like));
  for (size_t i = 0; i < parts; ++i) {
    for (const State* state : like.states()) put_state(*state, shares[state][i], out[i]);
    end_snapshot(out[i]);
  }
  return out;
}

std::string capture(const Element& element) {
  std::string out = begin_snapshot(element);
  for (const State* state : element.states()) {
    put_text(state->name(), out);
    StateCodec<uint32_t>::encode(state->version().number, out);
    const size_t at = out.size();
    StateCodec<uint64_t>::encode(0, out);
    Writer writer(out);
    state->capture(writer);
    std::string entries;
    StateCodec<uint64_t>::encode(writer.entries(), entries);
    out.replace(at, entries.size(), entries);
  }
  end_snapshot(out);
  return out;
}

Status load(Element& element, std::string_view snapshot) {
  clear_states(element);
  BLOX_ASSIGN(const std::vector<Saved> states, read(snapshot, element.class_name()));
  Status status = load_states(element, states);
  if (!status.is_ok()) clear_states(element);
  return status;
}

void provide_stores(Element& element, const KeyedStoreFactory& factory) {
  for (State* state : element.states()) {
    if (auto* const keyed = dynamic_cast<KeyedBase*>(state)) keyed->provide(factory);
  }
}

}  // namespace blox
