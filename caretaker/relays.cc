#include "caretaker/relays.h"

#include <iterator>
#include <utility>
#include <variant>

namespace blox {

using namespace protocol;  // the language that this speaks

Result<std::string> Relays::ask(uint64_t relay, const Relay& request, Micros deadline) {
  uint64_t id = 0;
  BLOX_ASSIGN(Message message, decode(request.frame.data, &id));
  uint64_t* const tap = [&]() -> uint64_t* {
    if (auto* const more = std::get_if<TapMore>(&message.body)) return &more->tap;
    if (auto* const stop = std::get_if<TapStop>(&message.body)) return &stop->tap;
    return nullptr;
  }();
  if (tap != nullptr) {
    // About an earlier question, by the identifier that the worker has for it; nothing answers this itself.
    const auto begun = by_asker_.find({request.to, request.asker, *tap});
    // Who wants more of what has ended with its worker, or with the caretaker before, would wait for it for ever.
    if (begun == by_asker_.end() && std::holds_alternative<TapMore>(message.body)) {
      return Status::outside("control.tap", "it knows nothing of this tap any more").at(request.to);
    }
    *tap = begun == by_asker_.end() ? 0 : begun->second;
  } else {
    if (const auto known = by_relay_.find(relay); known != by_relay_.end()) drop(known->second);
    if (open_.size() >= kMost) drop(open_.begin());
    open_.push_back({relay, id, request.to, request.asker});
    by_relay_.emplace(relay, std::prev(open_.end()));
    by_asker_.insert_or_assign({request.to, request.asker, id}, relay);
  }
  message.id = relay;
  if (message.deadline == 0) message.deadline = deadline;
  return encode(message);
}

std::optional<Relays::Answer> Relays::answer(const std::string& worker, Message message) {
  const auto found = by_relay_.find(message.id);
  if (found == by_relay_.end() || found->second->worker != worker) return std::nullopt;
  const auto place = found->second;
  const bool goes_on =
      std::holds_alternative<TapStarted>(message.body) || std::holds_alternative<TapSample>(message.body);
  Answer answer{place->relay, {worker, {}}};
  message.id = place->id;
  answer.relayed.frame.data = encode(message);
  if (goes_on) {
    open_.splice(open_.end(), open_, place);
  } else {
    drop(place);
  }
  return answer;
}

std::vector<uint64_t> Relays::leave(const std::string& worker) {
  std::vector<uint64_t> relays;
  for (auto place = open_.begin(); place != open_.end();) {
    const auto one = place++;
    if (one->worker != worker) continue;
    relays.push_back(one->relay);
    drop(one);
  }
  return relays;
}

void Relays::drop(Places::iterator place) {
  const auto by_asker = by_asker_.find({place->worker, place->asker, place->id});
  if (by_asker != by_asker_.end() && by_asker->second == place->relay) by_asker_.erase(by_asker);
  by_relay_.erase(place->relay);
  open_.erase(place);
}

}  // namespace blox
