#include "tools/blox/import/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "tools/blox/import/translate.h"
#include "tools/blox/import/values.h"

namespace blox::tools {
namespace {

constexpr size_t kMostErrors = 100;  // nobody reads on

Diagnostic error(const char* code, Span span, std::string message, std::string fix = "") {
  return {Severity::kError, code, span, std::move(message), {}, std::move(fix)};
}

const char* about(Direction direction, PortKind kind) {
  if (kind == PortKind::kPush) return direction == Direction::kIn ? "takes logs" : "gives logs";
  return direction == Direction::kIn ? "answers questions" : "asks questions";
}

bool has(const std::vector<Given>& givens, std::string_view name) {
  return std::any_of(givens.begin(), givens.end(), [&](const Given& given) { return old_name(given.name) == name; });
}

}  // namespace

const OldGroup* Translation::find_group(std::string_view name, size_t* index) const {
  for (size_t i = 0; i < topology.groups.size(); ++i) {
    if (old_name(topology.groups[i].name.text) != old_name(name)) continue;
    if (index != nullptr) *index = i;
    return &topology.groups[i];
  }
  return nullptr;
}

std::string Translation::free_class(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !class_names.insert(name).second; ++i) name = fmt::format("{}{}", wanted, i);
  return name;
}

std::string Body::free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

std::string Body::translate() {
  name_blocks();
  gather_connections();
  for (const OldBlock& block : group_.blocks) place(block, placed_[block.id.text]);
  pass_relays();
  for (const OldConnection& connection : wanted_) connect(connection);
  for (const OldGroupPort& port : group_.ports) connect_outside(port);
  for (const OldPolicy& policy : group_.policies) find_block(policy.block);
  for (const OldBlock& block : group_.blocks) discard_rest(placed_[block.id.text]);
  return lay_out_body(elements_, connections_);
}

void Body::name_blocks() {
  for (const OldBlock& block : group_.blocks) placed_[block.id.text].name = free_name(element_name(block.id.text));
}

// Ids count as they are written; where there is none, in any case and with `-` and `_` alike.
const OldBlock* Body::find_block(const OldWord& id) {
  const OldBlock* alike = nullptr;
  std::vector<std::string> known;
  const std::string name = old_name(id.text);
  for (const OldBlock& block : group_.blocks) {
    if (block.id.text == id.text) return &block;
    if (old_name(block.id.text) == name) alike = &block;
    known.push_back(block.id.text);
  }
  if (alike != nullptr || all_.diagnostics.errors() > kMostErrors) return alike;
  const std::optional<std::string> near = nearest(id.text, known);
  all_.diagnostics.add(error("E0145", id.span, fmt::format("there is no block `{}` here{}", id.text,
                                                           near ? "; did you mean `" + *near + "`?" : "")));
  return nullptr;
}

void Body::gather_connections() {
  const auto settle = [&](OldEnd& end) {
    const OldBlock* block = find_block(end.block);
    if (block == nullptr) return false;
    end.block.text = block->id.text;
    used_[end.block.text].insert(old_name(end.port.text));
    return true;
  };
  for (OldConnection connection : group_.connections) {
    const bool from = settle(connection.from), to = settle(connection.to);
    if (from && to) wanted_.push_back(std::move(connection));
  }
  for (const OldGroupPort& port : group_.ports) {
    OldEnd inner = port.inner;
    settle(inner);
  }
  std::set<std::string> classes;
  for (const OldBlock& block : group_.blocks) {
    if (const OldClass* old = find_old_class(block.class_name.text)) classes.insert("@" + std::string(old->name));
  }
  for (const OldBlock& block : group_.blocks) used_[block.id.text].insert(classes.begin(), classes.end());
}

// A block that is nothing but connections today: what leads to its in port leads to whatever its out port led to.
void Body::pass_relays() {
  for (const OldBlock& block : group_.blocks) {
    const Placed& placed = placed_[block.id.text];
    if (placed.relay == nullptr) continue;
    std::vector<OldConnection> kept, in, out;
    std::set<std::tuple<std::string, std::string, std::string, std::string>> seen;
    const auto keep = [&](const OldConnection& one) {
      if (seen.insert({one.from.block.text, one.from.port.text, one.to.block.text, one.to.port.text}).second) {
        kept.push_back(one);
      }
    };
    for (OldConnection& connection : wanted_) {
      const bool leaves = connection.from.block.text == block.id.text, enters = connection.to.block.text == block.id.text;
      if (enters || leaves) {
        (enters ? in : out).push_back(connection);
      } else {
        keep(connection);
      }
    }
    for (const OldConnection& entering : in) {
      const OldPort* port = placed.relay->find_port(entering.to.port.text);
      if (port == nullptr || port->direction != Direction::kIn) {
        kept.push_back(entering);  // its error is reported with the others
        continue;
      }
      bool led_on = false;
      for (const OldConnection& leaving : out) {
        if (!is_port(port->relay, leaving.from.port.text)) continue;
        led_on = true;
        keep({entering.from, leaving.to});
        if (kept.size() > kMostConnections) return;
      }
      if (led_on) continue;
      all_.diagnostics.add(error("E0146", entering.to.port.span,
                                 fmt::format("`{}` leads nowhere: `{}` of `{}` is not connected", port->name,
                                             port->relay, block.id.text)));
    }
    relayed_[block.id.text] = out;
    for (const OldConnection& leaving : out) {
      const OldPort* port = placed.relay->find_port(leaving.from.port.text);
      if (port == nullptr || port->direction != Direction::kOut) kept.push_back(leaving);
    }
    wanted_ = std::move(kept);
  }
}

void Body::place(const OldBlock& block, Placed& placed) {
  placed.lost = true;
  if (all_.full) return;
  const std::vector<Given> givens = block.group_args ? args_ : givens_of(block.args);
  const std::string wanted = old_name(block.class_name.text);
  const OldClass* old = find_old_class(wanted);
  if (const OldGroup* group = all_.find_group(wanted)) {
    placed.lost = !place_group(block, *group, givens, placed);
  } else if (old == nullptr && wanted.ends_with("-shard") && has(givens, "node-type")) {
    // A shard that we have not seen: its arguments say how it shared the work.
    const char* like = has(givens, "hash-field")    ? "hash-shard"
                       : has(givens, "shard-field") ? "enum-shard"
                                                    : "round-robin-shard";
    all_.diagnostics.add({Severity::kWarning,
                          "W0149",
                          block.class_name.span,
                          fmt::format("2012 had no `{}`; it is taken for a `{}`", block.class_name.text, like),
                          {},
                          ""});
    placed.lost = !place_shard(block, *find_old_class(like), givens, placed);
  } else if (old == nullptr) {
    std::vector<std::string> known;
    for (const OldClass& one : old_classes()) known.emplace_back(one.name);
    for (const OldGroup& other : all_.topology.groups) known.push_back(old_name(other.name.text));
    const std::optional<std::string> near = nearest(wanted, known);
    all_.diagnostics.add(error("E0144", block.class_name.span,
                               fmt::format("2012 had no block class `{}`{}", block.class_name.text,
                                           near ? "; did you mean `" + *near + "`?" : ""),
                               near ? "" : "write the element class that does this today into the topology by hand"));
  } else if (old->sharing != OldSharing::kNone) {
    placed.lost = !place_shard(block, *old, givens, placed);
  } else if (old->line.empty() && !old->ports.empty() && !old->ports[0].relay.empty()) {
    placed.relay = old;
    placed.lost = !all_.parts.make(*old, placed.name, givens, block.class_name.span, {}).has_value();
  } else {
    std::optional<Made> made =
        all_.parts.make(*old, placed.name, givens, block.class_name.span, used_[block.id.text]);
    placed.lost = !made.has_value();
    if (made) placed.made = std::move(*made);
    placed.rpc = old->name == "rpc";
  }
  for (NewElement& element : placed.made.elements) {
    if (element.name != placed.name) {
      const std::string name = free_name(element.name);
      for (NewConnection& connection : placed.made.connections) {
        if (connection.from == element.name) connection.from = name;
        if (connection.to == element.name) connection.to = name;
      }
      for (PortHere& port : placed.made.ports) {
        if (port.element == element.name) port.element = name;
      }
      element.name = name;
    } else if (element.comment.empty() && !element.call.starts_with(class_name(block.class_name.text))) {
      element.comment = one_line(block.class_name.text);
    }
    if (!block.at.text.empty()) {
      element.settings += (element.settings.empty() ? "at = " : ", at = ") + quoted(block.at.text);
    }
    elements_.push_back(element);
  }
  all_.elements += placed.made.elements.size();
  for (NewConnection& connection : placed.made.connections) connections_.push_back(connection);
  if (all_.elements > kMostElements || wanted_.size() > kMostConnections) {
    all_.full = true;
    all_.diagnostics.add(error("E0142", block.id.span, "this makes more than 20,000 elements or 100,000 connections"));
  }
}

std::optional<PortHere> Body::find_end(const OldEnd& end, Direction direction) {
  const auto found = placed_.find(end.block.text);
  if (found == placed_.end() || found->second.lost) return std::nullopt;
  const Placed& placed = found->second;
  if (placed.rpc) return PortHere{"", Direction::kOut, PortKind::kQuery, placed.name, element_name(end.port.text)};
  const std::optional<PortHere> here = placed.made.find(end.port.text);
  if (!here) {
    std::vector<std::string> known;
    for (const PortHere& port : placed.made.ports) known.push_back(port.old);
    const std::optional<std::string> near = nearest(old_name(end.port.text), known);
    all_.diagnostics.add(error("E0146", end.port.span,
                               fmt::format("`{}` has no port `{}`{}", end.block.text, end.port.text,
                                           near ? "; did you mean `" + *near + "`?" : ""),
                               near || known.empty() ? "" : fmt::format("its ports are {}", fmt::join(known, ", "))));
    return std::nullopt;
  }
  if (here->needless) {
    all_.diagnostics.add({Severity::kWarning,
                          "W0149",
                          end.port.span,
                          fmt::format("`{}` of `{}` needs no counterpart; the connection is left out", end.port.text,
                                      end.block.text),
                          {{here->note, {}}},
                          ""});
    return std::nullopt;
  }
  if (!here->note.empty()) {
    all_.diagnostics.add(error("E0146", end.port.span,
                               fmt::format("`{}` of `{}` has no counterpart", end.port.text, end.block.text),
                               here->note));
    return std::nullopt;
  }
  if (here->direction == direction) return here;
  all_.diagnostics.add(error("E0146", end.port.span,
                             fmt::format("`{}` of `{}` {}: it stands on the wrong side of the connection",
                                         end.port.text, end.block.text, about(here->direction, here->kind))));
  return std::nullopt;
}

// The smallest bound that a policy gives to the block's queues; 0: none.
int64_t Body::queue_of(const std::string& block) const {
  int64_t out = 0;
  for (const OldPolicy& policy : group_.policies) {
    const bool meant = policy.block.text == block || old_name(policy.block.text) == old_name(block);
    if (meant && (out == 0 || policy.queue_size < out)) out = policy.queue_size;
  }
  return out;
}

void Body::connect(const OldConnection& connection) {
  std::optional<PortHere> from = find_end(connection.from, Direction::kOut);
  const std::optional<PortHere> to = find_end(connection.to, Direction::kIn);
  if (!from || !to) return;
  if (from->kind != to->kind) {
    all_.diagnostics.add(error("E0146", connection.to.port.span,
                               fmt::format("`{}` of `{}` {}, but `{}` of `{}` {}", connection.from.port.text,
                                           connection.from.block.text, about(from->direction, from->kind),
                                           connection.to.port.text, connection.to.block.text,
                                           about(to->direction, to->kind))));
    return;
  }
  if (placed_[connection.from.block.text].rpc) {
    from->port += to->question.empty() ? ": {}" : ": " + to->question;
  }
  NewConnection out{from->element, from->port, to->element, to->port, from->kind == PortKind::kQuery, to->settings};
  const int64_t at_from = queue_of(connection.from.block.text), at_to = queue_of(connection.to.block.text);
  const int64_t queue = at_from == 0 ? at_to : at_to == 0 ? at_from : std::min(at_from, at_to);
  if (queue > 0) out.settings = fmt::format("queue = {}{}{}", queue, out.settings.empty() ? "" : ", ", out.settings);
  connections_.push_back(std::move(out));
}

// What nothing took was lost in 2012; here it is discarded in plain sight.
void Body::discard_rest(const Placed& placed) {
  if (placed.lost) return;
  for (const PortHere& port : placed.made.ports) {
    if (port.direction != Direction::kOut || port.kind != PortKind::kPush || port.element.empty()) continue;
    const auto leaves = [&](const NewConnection& made) { return made.from == port.element && made.from_port == port.port; };
    if (std::any_of(connections_.begin(), connections_.end(), leaves)) continue;
    NewElement discard;
    discard.name = free_name(placed.name + "_rest");
    discard.call = "Discard";
    discard.helper = true;
    connections_.push_back({port.element, port.port, discard.name, "", false, ""});
    elements_.push_back(std::move(discard));
  }
}

void Body::connect_outside(const OldGroupPort& port) {
  OldEnd inner = port.inner;
  for (const OldBlock& block : group_.blocks) {
    if (old_name(block.id.text) == old_name(inner.block.text)) inner.block.text = block.id.text;
  }
  auto found = placed_.find(inner.block.text);
  for (size_t hops = 0; found != placed_.end() && found->second.relay != nullptr && hops <= placed_.size(); ++hops) {
    const OldPort* in = found->second.relay->find_port(inner.port.text);
    const std::vector<OldConnection>& out = relayed_[inner.block.text];
    const auto leads_on = std::find_if(out.begin(), out.end(), [&](const OldConnection& leaving) {
      return in != nullptr && is_port(in->relay, leaving.from.port.text);
    });
    if (leads_on == out.end()) break;
    inner = leads_on->to;
    found = placed_.find(inner.block.text);
  }
  if (found == placed_.end() || found->second.lost) return;
  const std::optional<PortHere> here = found->second.made.find(inner.port.text);
  const std::optional<PortHere> there = find_end(inner, here ? here->direction : Direction::kIn);
  if (!there) return;
  const bool gives = there->direction == Direction::kOut, query = there->kind == PortKind::kQuery;
  const std::string plain = gives ? "output" : "input";
  const std::string outer = old_name(port.outer.text) == plain ? "" : element_name(port.outer.text);
  if (gives) {
    connections_.push_back({there->element, there->port, "output", outer, query, ""});
  } else {
    connections_.push_back({"input", outer, there->element, there->port, query, ""});
  }
  outer_ports_.push_back({port.outer.text, there->direction, there->kind, "", outer, there->settings, "", false,
                          there->question});
}

}  // namespace blox::tools
