// What an agent does with its workers: starts them, hears them, sees them end.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "caretaker/agent_parts.h"

namespace blox {

using namespace protocol;  // the language that this speaks

namespace {

constexpr Micros kLastWords = 50 * kMillisecond;  // of one that has ended by itself
constexpr Micros kRepeat = 5 * kSecond;           // of orders that have not changed
constexpr size_t kMostAtOnce = 256;               // frames before the master has its turn

}  // namespace

void Agent::Parts::start_worker(const WorkerLife& life, const WorkerOrder& order) {
  orders[life] = order;
  const Result<int64_t> pid =
      nursery->start(life, order, options.nursery.state + "/caretaker.sock", options.decide.host);
  if (pid) {
    say(fmt::format("{} is started, process {}", life.worker, *pid));
    facts.push_back(caretaker::Started{life, *pid});
  } else {
    caretaker::Exited failed{life, 0, 0, ErrorReply::of(pid.status())};
    facts.push_back(std::move(failed));
    orders.erase(life);
    nursery->forget(life);
  }
  keep_needed_blobs();
}

void Agent::Parts::tell(const WorkerLife& life) {
  const auto order = orders.find(life);
  const auto peer = peers.find(life);
  if (order == orders.end() || peer == peers.end()) return;  // told when it is heard
  // The master repeats itself with each report of ours; a worker is told again what is new, and all now and then.
  std::string frame = encode({0, 0, order->second});
  Told& last = told[life];
  if (last.frame == frame && now() < last.at + kRepeat) return;
  if (!workers->send(peer->second, frame)) return forget_peer(life);
  last = {std::move(frame), now()};
}

void Agent::Parts::forget_peer(const WorkerLife& life) {
  const auto peer = peers.find(life);
  if (peer == peers.end()) return;
  lives.erase(peer->second);
  peers.erase(peer);
  told.erase(life);
}

void Agent::Parts::collect() {
  std::vector<Departed> all = nursery->collect([this](const WorkerLife& life) {
    const auto state = states.find(life);
    return state == states.end() ? WorkerState::kStarting : state->second;
  });
  for (Departed& one : all) {
    const bool by_itself = one.end.known && one.end.signal == 0;
    leaving.push_back({std::move(one), by_itself ? now() + kLastWords : 0});
  }
  for (size_t i = 0; i < leaving.size();) {
    const auto state = states.find(leaving[i].departed.life);
    const bool said =
        state != states.end() && (state->second == WorkerState::kEnded || state->second == WorkerState::kFailed);
    if (!said && now() < leaving[i].until) {
      ++i;
      continue;
    }
    depart(std::move(leaving[i].departed));
    leaving.erase(leaving.begin() + static_cast<ptrdiff_t>(i));
  }
}

void Agent::Parts::depart(Departed one) {
  std::vector<MessageLine> lines;
  for (std::string& text : one.last_words) lines.push_back({0, clock.wall(), "", "", "output", std::move(text)});
  const std::string how = one.failure.code.empty() ? one.end.to_string() : one.failure.text;
  lines.push_back({0, clock.wall(), "", "", "note", "its process has ended: " + how});
  messages->add(one.life.worker, std::move(lines));
  say(fmt::format("{} has ended: {}", one.life.worker, how));
  for (const uint64_t relay : relays.leave(one.life.worker)) {
    to_master(relay, ErrorReply::of(Status::outside("relay.away", "it has ended").at(one.life.worker)));
  }
  forget_peer(one.life);
  orders.erase(one.life);
  states.erase(one.life);
  if (!one.ledger.empty()) facts.push_back(caretaker::Lost{one.life, std::move(one.ledger)});
  facts.push_back(caretaker::Exited{one.life, one.end.code, one.end.signal, std::move(one.failure)});
  gone.push_back(one.life);
  answer_waiting();
}

bool Agent::Parts::has(const WorkerLife& life) const {
  return nursery->has(life) ||
         std::any_of(leaving.begin(), leaving.end(), [&](const Leaving& one) { return one.departed.life == life; });
}

void Agent::Parts::hear_workers() {
  std::string peer, frame;
  for (size_t frames = 0; frames < kMostAtOnce && workers->receive(peer, frame); ++frames) hear_worker(peer, frame);
}

void Agent::Parts::hear_worker(const std::string& peer, std::string_view frame) {
  uint64_t id = 0;
  Result<Message> message = decode(frame, &id);
  if (!message) {
    workers->send(peer, encode({id, 0, ErrorReply::of(message.status())}));
    return;
  }
  if (auto* const report = std::get_if<WorkerReport>(&message->body)) {
    introduce(peer, *report);
    if (has(report->life)) facts.push_back(std::move(*report));
    return;
  }
  const auto known = lives.find(peer);
  if (known == lives.end()) {
    workers->send(peer,
                  encode({id, 0, ErrorReply::of(Status::user("caretaker.stranger", "a worker says first who it is"))}));
    return;
  }
  const std::string& worker = known->second.worker;
  if (auto* const said = std::get_if<Said>(&message->body)) {
    messages->add(worker, std::move(said->lines));
    workers->send(peer, encode({id, 0, Accepted{}}));
    answer_waiting();
  } else if (const auto* const wants = std::get_if<BlobRequest>(&message->body)) {
    wanted(peer, *wants);
  } else if (auto answered = relays.answer(worker, *std::move(message))) {
    to_master(answered->relay, std::move(answered->relayed));
  }
}

void Agent::Parts::introduce(const std::string& peer, const WorkerReport& report) {
  if (!has(report.life)) {
    // Started by a caretaker that died before it could write that down, or of a life that is over.
    WorkerOrder stop;
    stop.worker = report.life.worker;
    stop.epoch = report.life.epoch;
    stop.phase = Phase::kStop;
    workers->send(peer, encode({++last_id, 0, std::move(stop)}));
    return;
  }
  states[report.life] = report.state;
  const auto before = peers.find(report.life);
  if (before != peers.end() && before->second == peer) return;
  forget_peer(report.life);
  peers[report.life] = peer;
  lives[peer] = report.life;
  tell(report.life);
}

}  // namespace blox
