#include "master/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/digest.h"

namespace blox::master {
namespace {

using namespace protocol;

constexpr uint64_t kOwnTicket = 0;  // of the desk's own questions

constexpr std::string_view kNode = "node ";
constexpr std::string_view kUser = "user ";

/// What can be asked of a worker without changing anything.
bool only_looks(const Body& body) {
  return std::holds_alternative<GetRequest>(body) || std::holds_alternative<TopRequest>(body) ||
         std::holds_alternative<TapRequest>(body) || std::holds_alternative<TapMore>(body) ||
         std::holds_alternative<TapStop>(body) || std::holds_alternative<MessagesRequest>(body);
}

}  // namespace

Result<std::unique_ptr<Desk>> Desk::open(DeskOptions options, CatalogueFile catalogue, const Clock& clock) {
  std::unique_ptr<Desk> desk(new Desk(std::move(options), std::move(catalogue), clock));
  BLOX_ASSIGN(const Catalogue remembered, desk->catalogue_.load());
  Actions first;
  BLOX_ASSIGN(Master master, Master::start(desk->options_.master, remembered, desk->now(), &first));
  desk->master_.emplace(std::move(master));
  // Questions of an earlier term may still be answered: to nobody.
  desk->last_relay_ = desk->master_->term() << 32;
  desk->carry_out(std::move(first));
  if (!desk->broken_.is_ok()) return desk->broken_;
  return desk;
}

Micros Desk::due() const { return master_->due(); }

bool Desk::may(const std::string& user, Role role) const {
  if (!options_.keys) return true;
  const std::string_view name = user;
  if (name.starts_with(kNode)) return role == Role::kNode;
  if (!name.starts_with(kUser)) return false;
  return role == Role::kReader ||
         (role == Role::kAdmin && options_.admins.find(name.substr(kUser.size())) != options_.admins.end());
}

void Desk::receive(const std::string& peer, const std::string& user, std::string_view frame) {
  if (!broken_.is_ok()) return;
  uint64_t id = 0;
  Result<Message> message = decode(frame, &id);
  if (!message) {
    ++numbers_.refused;
    return reply({peer, id}, ErrorReply::of(message.status()));
  }
  take({peer, id}, user, *std::move(message));
}

void Desk::take(const Asker& asker, const std::string& user, Message message) {
  Body& body = message.body;
  const auto needs = [&](Role role, std::string_view what) {
    if (may(user, role)) return true;
    const std::string_view who = user.empty() ? "whoever has a key that is not known any more" : std::string_view(user);
    refuse(asker, Status::user("access.role", fmt::format("{} may not {}", who, what))
                      .with_fix("whoever owns the cluster gives roles, in cluster.yaml"));
    return false;
  };
  if (auto* const one = std::get_if<NodeReport>(&body)) {
    if (needs(Role::kNode, "report as a node")) report(asker, user, std::move(*one));
  } else if (std::holds_alternative<Relayed>(body) || std::holds_alternative<ErrorReply>(body)) {
    // An answer that nobody waits for is no request: it is not answered.
    if (may(user, Role::kNode)) relayed_back(asker, std::move(body));
  } else if (const auto* const wanted = std::get_if<BlobRequest>(&body)) {
    if (may(user, Role::kNode) || needs(Role::kReader, "look")) blob(asker, *wanted);
  } else if (const auto* const looked = std::get_if<PsRequest>(&body)) {
    if (needs(Role::kReader, "look")) ask(asker, *looked);
  } else if (auto* const carried = std::get_if<Relay>(&body)) {
    if (needs(Role::kReader, "ask workers")) relay(asker, user, message.deadline, std::move(*carried));
  } else if (auto* const submitted = std::get_if<SubmitRequest>(&body)) {
    // What would be done may be seen by those who may look.
    if (needs(submitted->only_plan ? Role::kReader : Role::kAdmin, "submit topologies")) {
      submit(asker, std::move(*submitted));
    }
  } else if (const auto* const stopped = std::get_if<StopRequest>(&body)) {
    if (needs(Role::kAdmin, "stop topologies")) ask(asker, *stopped);
  } else if (const auto* const drained = std::get_if<DrainRequest>(&body)) {
    if (needs(Role::kAdmin, "drain nodes")) ask(asker, *drained);
  } else if (const auto* const forgotten = std::get_if<ForgetRequest>(&body)) {
    if (needs(Role::kAdmin, "forget nodes")) ask(asker, *forgotten);
  } else {
    refuse(asker, Status::user("protocol.kind", "this is nothing to ask a master"));
  }
}

void Desk::report(const Asker& asker, const std::string& user, NodeReport report) {
  ++numbers_.reports;
  if (options_.keys && user != std::string(kNode) + report.node) {
    return refuse(asker, Status::user("access.node", fmt::format("{} reports as {}", user, report.node))
                             .with_fix("each node needs a key of its own: node-NAME.key"));
  }
  peers_[report.node] = asker.peer;
  decide(std::move(report));
}

void Desk::ask(const Asker& asker, decltype(Asked::request) request) {
  ++numbers_.requests;
  const uint64_t ticket = ++last_ticket_;
  tickets_.emplace(ticket, asker);
  decide(Asked{ticket, std::move(request)});
}

void Desk::submit(const Asker& asker, SubmitRequest request) {
  ++numbers_.requests;
  if (submitted_.size() == kMostChecks) {
    return refuse(asker, Status::outside("submit.busy", fmt::format("{} topologies wait to be checked", kMostChecks))
                             .with_fix("submit it again in a moment"));
  }
  const uint64_t id = ++last_ticket_;
  submitted_.emplace(id, std::pair(asker, std::move(request)));
  unchecked_.push_back(id);
}

Desk::Unchecked Desk::next_unchecked() {
  const uint64_t id = unchecked_.front();
  unchecked_.pop_front();
  const SubmitRequest& request = submitted_.at(id).second;
  return {id, request.bundle, master_->cluster(request.name)};
}

void Desk::checked(uint64_t id, Result<CheckedBundle> result) {
  auto one = submitted_.extract(id);
  if (one.empty()) return;
  auto& [asker, request] = one.mapped();
  if (!result) return refuse(asker, result.status());
  Submit submit{
      request.name,     encode_bundle(request.bundle), {}, std::move(result->shape), std::move(result->diagnostics),
      request.only_plan};
  submit.bundle_hash = sha256_hex(submit.bundle);
  tickets_.emplace(id, asker);
  decide(Asked{id, std::move(submit)});
}

void Desk::configure(std::set<std::string, std::less<>> admins, Configured cluster) {
  options_.admins = std::move(admins);
  decide(std::move(cluster));
}

void Desk::pass() { decide(Passed{}); }

void Desk::decide(Fact fact) {
  if (!broken_.is_ok()) return;
  const int64_t before = clock_.steady_ns();
  Actions actions = master_->take(std::move(fact), now());
  const auto took = static_cast<uint64_t>(std::max<int64_t>(0, clock_.steady_ns() - before));
  ++numbers_.decisions;
  numbers_.decision_ns += took;
  numbers_.longest_ns = std::max(numbers_.longest_ns, took);
  carry_out(std::move(actions));
}

void Desk::carry_out(Actions actions) {
  if (!actions.remember.empty() || !actions.forget.empty()) {
    ++numbers_.commits;
    // What was decided and cannot be remembered must have no effects: the end, and a new start from what is there.
    broken_ = catalogue_.apply(actions.remember, actions.forget);
    if (!broken_.is_ok()) return;
  }
  for (const std::string& note : actions.notes) {
    if (options_.note) options_.note(note);
  }
  for (auto& [node, orders] : actions.orders) {
    if (const auto peer = peers_.find(node); peer != peers_.end()) reply({peer->second, 0}, std::move(orders));
  }
  for (auto& [ticket, body] : actions.answers) {
    if (ticket == kOwnTicket) {
      if (auto* const all = std::get_if<PsReply>(&body)) seen_ = std::move(*all);
      continue;
    }
    const auto asker = tickets_.find(ticket);
    if (asker == tickets_.end()) continue;
    reply(asker->second, std::move(body));
    tickets_.erase(asker);
  }
}

void Desk::blob(const Asker& asker, const BlobRequest& request) {
  const Result<std::optional<std::string_view>> bytes = catalogue_.blob(request.hash);
  if (!bytes) return refuse(asker, bytes.status());
  if (!*bytes) {
    return refuse(asker,
                  Status::user("blob.unknown", fmt::format("there is nothing called {}", request.hash.substr(0, 64))));
  }
  reply(asker, Blob{request.hash, Datum::Bytes{std::string(**bytes)}});
}

void Desk::relay(const Asker& asker, const std::string& user, Micros deadline, Relay request) {
  uint64_t inner = 0;
  const Result<Message> asked = decode(request.frame.data, &inner);
  if (!asked) return refuse(asker, asked.status());
  if (!only_looks(asked->body) && !may(user, Role::kAdmin)) {
    return refuse(asker, Status::user("access.role", fmt::format("{} may not change what runs", user))
                             .with_fix("whoever owns the cluster gives roles, in cluster.yaml"));
  }
  const std::string node = request.to.starts_with('@') ? request.to.substr(1) : master_->node_of(request.to);
  if (node.empty()) {
    return refuse(asker, Status::user("relay.unknown", "there is no such worker any more").at(request.to));
  }
  const auto peer = peers_.find(node);
  if (peer == peers_.end()) {
    return refuse(asker, Status::outside("relay.away", "its node has not been heard of").at(node));
  }
  if (relays_.size() == kMostRelays) {
    relay_of_.erase(relays_.front().id);
    relays_.pop_front();
  }
  ++numbers_.relayed;
  const uint64_t id = ++last_relay_;
  // Two users number their questions alike: the caretaker tells them apart by this.
  request.asker = hex_of(asker.peer);
  relays_.push_back({id, asker, node});
  relay_of_.emplace(id, std::prev(relays_.end()));
  outgoing_.push_back({peer->second, encode({id, deadline, std::move(request)})});
}

void Desk::relayed_back(const Asker& node, Body body) {
  const auto found = relay_of_.find(node.id);
  if (found == relay_of_.end()) return;
  const auto entry = found->second;
  // Each node answers what it was asked itself.
  const auto peer = peers_.find(entry->node);
  if (peer == peers_.end() || peer->second != node.peer) return;
  reply(entry->asker, std::move(body));
  relays_.splice(relays_.end(), relays_, entry);  // answers may go on: a tap
}

void Desk::reply(const Asker& asker, Body body) {
  outgoing_.push_back({asker.peer, encode({asker.id, 0, std::move(body)})});
}

void Desk::refuse(const Asker& asker, const Status& status) {
  ++numbers_.refused;
  reply(asker, ErrorReply::of(status));
}

void Desk::forget(const std::string& peer) {
  std::erase_if(peers_, [&](const auto& one) { return one.second == peer; });
  for (auto one = relays_.begin(); one != relays_.end();) {
    if (one->asker.peer == peer) {
      relay_of_.erase(one->id);
      one = relays_.erase(one);
    } else {
      ++one;
    }
  }
}

}  // namespace blox::master
