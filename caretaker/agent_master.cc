// What an agent does with its master: obeys, reports, fetches blobs, and carries questions of users.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "caretaker/agent_parts.h"

namespace blox {

using namespace protocol;  // the language that this speaks

namespace {

constexpr Micros kBlobPatience = 2 * kSecond;  // before it is asked for again
constexpr size_t kMostAtOnce = 256;            // frames before the workers have their turn

}  // namespace

void Agent::Parts::wanted(const std::string& peer, const BlobRequest& request) {
  if (std::optional<std::string> bytes = blobs->find(request.hash)) {
    workers->send(peer, encode({0, 0, Blob{request.hash, {*std::move(bytes)}}}));
    return;
  }
  // Only what somebody was told to use: nobody fills the list.
  const bool ordered = std::any_of(orders.begin(), orders.end(), [&](const auto& one) {
    return one.second.bundle == request.hash || one.second.placement == request.hash;
  });
  if (!ordered) {
    workers->send(peer,
                  encode({0, 0, ErrorReply::of(Status::user("blob.unknown", "no order names it").at(request.hash))}));
    return;
  }
  Fetching& one = fetching[request.hash];
  one.peers.insert(peer);
  if (one.again == 0) fetch_again();
}

void Agent::Parts::fetch_again() {
  for (auto& [hash, one] : fetching) {
    if (one.again > now()) continue;
    one.again = now() + kBlobPatience;
    to_master(++last_id, BlobRequest{hash});
  }
}

void Agent::Parts::fetched(const Blob& blob) {
  const auto found = fetching.find(blob.hash);
  if (found == fetching.end()) return;
  const Status status = blobs->add(blob.hash, blob.bytes.data);
  if (!status.is_ok()) {
    say(status.to_string());
    if (status.error().code == "blob.damaged") return;  // asked for again
  }
  for (const std::string& peer : found->second.peers) workers->send(peer, encode({0, 0, blob}));
  fetching.erase(found);
}

void Agent::Parts::keep_needed_blobs() {
  std::set<std::string> needed;
  for (const auto& [life, order] : orders) needed.insert({order.bundle, order.placement});
  blobs->keep(needed);
}

void Agent::Parts::to_master(uint64_t id, Body body) {
  // What cannot be sent is sent again: reports each second, blobs are asked for again, users ask again.
  static_cast<void>(master->send(encode({id, 0, std::move(body)})));
}

void Agent::Parts::see_connection() {
  const Status status = master->state();
  const bool before = connected;
  connected = status.is_ok();
  const std::string state = connected ? "connected to the master" : status.to_string();
  if (state != master_state) {
    const bool waits = !connected && status.error().code == "post.away";
    say(std::exchange(master_state, state).empty() && waits ? "waiting for the master" : state);
  }
  if (!connected || before) return;
  if (last_report) to_master(0, *last_report);
  for (auto& [hash, one] : fetching) one.again = 0;
  fetch_again();
}

void Agent::Parts::hear_master() {
  std::string frame;
  for (size_t frames = 0; frames < kMostAtOnce; ++frames) {
    const Result<bool> got = master->receive(frame, 0);
    if (!got || !*got) break;
    hear_master(frame);
  }
  see_connection();
}

void Agent::Parts::hear_master(std::string_view frame) {
  uint64_t id = 0;
  Result<Message> message = decode(frame, &id);
  if (!message) {
    say("the master says what cannot be understood: " + message.status().to_string());
    return;
  }
  if (auto* const given = std::get_if<NodeOrders>(&message->body)) {
    master_refusal.clear();
    facts.push_back(std::move(*given));
  } else if (const auto* const blob = std::get_if<Blob>(&message->body)) {
    fetched(*blob);
  } else if (const auto* const carried = std::get_if<Relay>(&message->body)) {
    relay(id, message->deadline, *carried);
  } else if (auto* const lines = std::get_if<MessagesRequest>(&message->body)) {
    asked_for_messages({id, 0, false, std::move(*lines), 0});
  } else if (const auto* const error = std::get_if<ErrorReply>(&message->body)) {
    const std::string line = "the master refuses: " + error->status().to_string();
    if (line != std::exchange(master_refusal, line)) say(line);
  } else {
    to_master(id, ErrorReply::of(Status::user("protocol.kind", "a caretaker does not answer this")));
  }
}

void Agent::Parts::relay(uint64_t id, Micros deadline, const Relay& request) {
  if (request.to == "@" + options.decide.node) {
    uint64_t inner = 0;
    Result<Message> message = decode(request.frame.data, &inner);
    auto* const lines = message ? std::get_if<MessagesRequest>(&message->body) : nullptr;
    if (lines != nullptr) return asked_for_messages({id, inner, true, std::move(*lines), 0});
    to_master(id, ErrorReply::of(message ? Status::user("protocol.kind", "a caretaker does not answer this")
                                         : message.status()));
    return;
  }
  // The latest life that has been heard.
  const WorkerLife* life = nullptr;
  for (const auto& [one, peer] : peers) {
    if (one.worker == request.to) life = &one;
  }
  if (life == nullptr) {
    const Status away = Status::outside("relay.away", "it does not run at the moment").at(request.to);
    return to_master(id, ErrorReply::of(away));
  }
  Result<std::string> frame = relays.ask(id, request, deadline);
  if (!frame) {
    to_master(id, ErrorReply::of(frame.status()));
  } else if (!workers->send(peers.at(*life), *frame)) {
    to_master(id, ErrorReply::of(Status::outside("relay.away", "it does not listen").at(request.to)));
  }
}

}  // namespace blox
