// Shards: one element with replicas, or, where each instance has arguments of its own, several behind a Route.
#include <fmt/format.h>

#include <algorithm>

#include "tools/blox/import/body.h"
#include "tools/blox/import/values.h"

namespace blox::tools {
namespace {

constexpr int64_t kMostReplicas = 1024;

const Given* find_given(const std::vector<Given>& givens, std::string_view name) {
  for (const Given& given : givens) {
    if (old_name(given.name) == name) return &given;
  }
  return nullptr;
}

// The setting that shares the work as the shard of 2012 did.
std::string sharing(OldSharing how, int64_t nodes, const std::string& field) {
  switch (how) {
    case OldSharing::kHash: return fmt::format("shards = {}, by = [{}]", nodes, field);
    case OldSharing::kQueue: return fmt::format("shards = {}, sharder = work_queue", nodes);
    case OldSharing::kRoundRobin:
    case OldSharing::kValue:
    case OldSharing::kNone: break;
  }
  return fmt::format("shards = {}", nodes);
}

}  // namespace

struct Body::Instance {
  const OldClass* old = nullptr;    ///< of the instances,
  const OldGroup* group = nullptr;  ///< or their group
  Span span;
  int64_t nodes = 1;
  std::string class_name;
  std::string input = "input", output = "output";
  bool query = false;
  std::vector<const JsonNode*> args;  ///< one for all, or one an instance; null where there are none
  OldWord at;
};

bool Body::find_instance(const OldClass& old, const std::vector<Given>& givens, const OldBlock& block, Instance& out) {
  const auto refuse = [&](const char* code, Span span, std::string message) {
    all_.diagnostics.error(code, span, std::move(message));
    return false;
  };
  const Given* nodes = find_given(givens, "nodes");
  if (nodes == nullptr) return refuse("E0147", block.class_name.span, "a shard needs its argument `nodes`");
  if (!nodes->value->is(JsonNode::Kind::kInt) || nodes->value->integer < 1 || nodes->value->integer > kMostReplicas) {
    return refuse("E0147", nodes->value->span, fmt::format("`nodes` is a whole number from 1 to {}", kMostReplicas));
  }
  out.nodes = nodes->value->integer;
  out.span = block.class_name.span;
  out.class_name = old.shares;
  const Given* type = find_given(givens, "node-type");
  if (type != nullptr) {
    const JsonNode& node = *type->value;
    if (!node.is(JsonNode::Kind::kObject)) {
      return refuse("E0147", node.span, fmt::format("`node_type` is an object, not {}", node.kind_name()));
    }
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const std::string key = old_name(node.keys[i].text);
      const JsonNode& value = node.items[i];
      const bool text = value.is(JsonNode::Kind::kString);
      const bool wants_text = key == "name" || key == "input-port" || key == "output-port" || key == "port-type";
      if (wants_text && !text) {
        return refuse("E0147", value.span, fmt::format("`{}` is a string, not {}", node.keys[i].text, value.kind_name()));
      }
      if (key == "name") {
        out.class_name = value.text;
        out.span = value.span;
      } else if (key == "input-port") {
        out.input = value.text;
      } else if (key == "output-port") {
        out.output = value.text;
      } else if (key == "port-type") {
        if (old_name(value.text) != "push" && old_name(value.text) != "query") {
          return refuse("E0147", value.span, "`port_type` is \"PUSH\" or \"QUERY\"");
        }
        out.query = old_name(value.text) == "query";
      } else if (key == "args" && value.is(JsonNode::Kind::kList)) {
        for (const JsonNode& item : value.items) out.args.push_back(&item);
      } else if (key == "args") {
        out.args.push_back(&value);
      } else if (key == "at" && text) {
        out.at = {value.text, value.span};
      } else {
        all_.diagnostics.warning("W0143", node.keys[i].span,
                                 fmt::format("`{}` of `node_type` has no counterpart; it is left out",
                                             node.keys[i].text));
      }
    }
  }
  if (out.class_name.empty()) {
    return refuse("E0147", block.class_name.span, "a shard needs its argument `node_type`, with the class of its instances");
  }
  for (const JsonNode* args : out.args) {
    if (!args->is(JsonNode::Kind::kObject)) {
      return refuse("E0147", args->span, fmt::format("the arguments of an instance are an object, not {}", args->kind_name()));
    }
  }
  out.group = all_.find_group(out.class_name);
  out.old = out.group != nullptr ? nullptr : find_old_class(out.class_name);
  if (out.group == nullptr && (out.old == nullptr || out.old->sharing != OldSharing::kNone)) {
    std::vector<std::string> known;
    for (const OldClass& one : old_classes()) known.emplace_back(one.name);
    const std::optional<std::string> near = nearest(old_name(out.class_name), known);
    return refuse("E0144", out.span,
                  out.old != nullptr ? fmt::format("a shard of `{}`, a shard, has no counterpart", out.class_name)
                                     : fmt::format("2012 had no block class `{}`{}", out.class_name,
                                                   near ? "; did you mean `" + *near + "`?" : ""));
  }
  return true;
}

// One element that is all of an instance: of a class, or of a compound made for it.
bool Body::make_instance(const Instance& instance, const std::string& name, const std::vector<Given>& givens,
                         Made& made) {
  if (instance.group != nullptr) {
    OldBlock block;
    block.class_name = {instance.class_name, instance.span};
    Placed placed;
    placed.name = name;
    if (!place_group(block, *instance.group, givens, placed)) return false;
    made = std::move(placed.made);
    return true;
  }
  std::set<std::string> used;
  for (const OldPort& port : instance.old->ports) {
    if (port.name == instance.input || is_port(port.name, instance.output)) used.insert(std::string(port.name));
  }
  std::optional<Made> parts = all_.parts.make(*instance.old, name, givens, instance.span, used);
  if (!parts) return false;
  if (parts->elements.size() == 1) {
    made = std::move(*parts);
    return true;
  }
  // A compound of its own, so that the work of all its parts is shared alike.
  NewElement element;
  element.name = name;
  element.call = all_.free_class(blox::tools::class_name(name));
  for (PortHere port : parts->ports) {
    if (port.element.empty()) {  // it has no counterpart
      made.ports.push_back(std::move(port));
      continue;
    }
    const bool gives = port.direction == Direction::kOut;
    const std::string outer = port.old == "input" || port.old == "output" ? "" : element_name(port.old);
    const bool query = port.kind == PortKind::kQuery;
    if (gives) {
      parts->connections.push_back({port.element, port.port, "output", outer, query, ""});
    } else {
      parts->connections.push_back({"input", outer, port.element, port.port, query, ""});
    }
    port.element = name;
    port.port = outer;
    made.ports.push_back(port);
  }
  for (NewElement& part : parts->elements) {
    if (part.name != name) continue;
    part.helper = true;  // inside, the name says nothing
  }
  all_.class_texts.push_back("elementclass " + element.call + " {\n" + lay_out_body(parts->elements, parts->connections) +
                             "}\n");
  made.elements.push_back(std::move(element));
  return true;
}

// What each instance gets, as conditions of a Route; in front of it what the conditions need.
struct Body::Parting {
  std::string head;  ///< a call, or nothing
  std::vector<std::string> conditions;
  std::vector<std::vector<Given>> givens;
};

bool Body::part(const OldClass& old, const Instance& instance, const std::string& field, Parting& out) {
  for (int64_t i = 0; i < instance.nodes; ++i) {
    const bool own = instance.args.size() > 1 && static_cast<size_t>(i) < instance.args.size();
    std::vector<Given> givens = givens_of(own ? instance.args[static_cast<size_t>(i)]
                                          : instance.args.empty() ? nullptr : instance.args[0]);
    if (old.sharing == OldSharing::kValue) {
      const auto value = std::find_if(givens.begin(), givens.end(), [](const Given& given) {
        return old_name(given.name) == "shard-field-value";
      });
      if (value == givens.end()) {
        all_.diagnostics.error("E0147", instance.span, "each instance of this shard needs its `shard_field_value`");
        return false;
      }
      const bool number = value->value->is(JsonNode::Kind::kInt);
      const std::optional<std::string> constant =
          all_.parts.value(*value->value, number ? OldForm::kInt : OldForm::kSqlText, value->name);
      if (!constant) return false;
      out.conditions.push_back(fmt::format("{} = {}", escaped(field), *constant));
      givens.erase(value);
    } else if (old.sharing == OldSharing::kHash) {
      out.head = fmt::format("Hash([{}], buckets = {})", field, instance.nodes);
      out.conditions.push_back(fmt::format("hash = {}", i));
    } else {
      out.head = "Enumerate(as = turn)";
      out.conditions.push_back(fmt::format("turn % {} = {}", instance.nodes, i));
    }
    out.givens.push_back(std::move(givens));
  }
  return true;
}

bool Body::share_apart(const Instance& instance, const Parting& parting, Placed& placed) {
  NewElement route;
  route.name = placed.name;
  route.call = "Route";
  std::string entry = placed.name;
  if (!parting.head.empty()) {
    NewElement head;
    head.name = entry = placed.name + "_by";
    head.call = parting.head;
    head.helper = true;
    placed.made.connections.push_back({head.name, "", placed.name, "", false, ""});
    placed.made.elements.push_back(std::move(head));
  }
  std::vector<PortHere> outs;
  for (size_t i = 0; i < parting.conditions.size(); ++i) {
    const std::string port = fmt::format("part_{}", i + 1);
    Made made;
    if (!make_instance(instance, fmt::format("{}_{}", placed.name, i + 1), parting.givens[i], made)) return false;
    const std::optional<PortHere> in = made.find(instance.input);
    if (!in || in->direction != Direction::kIn || in->kind != PortKind::kPush) {
      all_.diagnostics.error("E0146", instance.span,
                             fmt::format("`{}` has no PUSH port `{}`", instance.class_name, instance.input));
      return false;
    }
    route.call += fmt::format("{}{} = \"{}\"", i == 0 ? "(" : ", ", port, parting.conditions[i]);
    placed.made.connections.push_back({placed.name, port, in->element, in->port, false, ""});
    for (NewConnection& connection : made.connections) placed.made.connections.push_back(std::move(connection));
    if (const std::optional<PortHere> out = made.find(instance.output); out && out->direction == Direction::kOut) {
      outs.push_back(*out);
    }
    for (NewElement& element : made.elements) placed.made.elements.push_back(std::move(element));
  }
  route.call += ")";
  placed.made.elements.insert(placed.made.elements.begin(), std::move(route));
  placed.made.ports.push_back({"input", Direction::kIn, PortKind::kPush, entry, ""});
  if (outs.empty()) return true;
  NewElement all;
  all.name = placed.name + "_out";
  all.call = "Union(missing = null)";
  all.helper = true;
  for (size_t i = 0; i < outs.size(); ++i) {
    placed.made.connections.push_back({outs[i].element, outs[i].port, all.name, fmt::format("part_{}", i + 1), false, ""});
  }
  for (const char* name : {"output#", "output"}) {
    placed.made.ports.push_back({name, Direction::kOut, PortKind::kPush, all.name, ""});
  }
  placed.made.elements.push_back(std::move(all));
  return true;
}

bool Body::share(const Instance& instance, Placed& placed) {
  Made made;
  if (!make_instance(instance, placed.name, givens_of(instance.args.empty() ? nullptr : instance.args[0]), made)) {
    return false;
  }
  std::optional<PortHere> in = made.find(instance.input);
  bool query = instance.query;
  if (in && in->needless) {  // today it is pushed to
    in = made.find("input");
    query = false;
  }
  const PortKind wanted = query ? PortKind::kQuery : PortKind::kPush;
  if (!in || in->direction != Direction::kIn || in->kind != wanted) {
    all_.diagnostics.error("E0146", instance.span,
                           fmt::format("`{}` has no {} port `{}`", instance.class_name,
                                       query ? "QUERY" : "PUSH", instance.input));
    return false;
  }
  const PortHere here = *in;
  const std::optional<PortHere> out = made.find(instance.output);
  placed.made = std::move(made);
  std::vector<PortHere> ports;
  if (out && out->direction == Direction::kOut) {
    ports.push_back(*out);
    ports.back().old = "output#";
    ports.push_back(ports.back());
    ports.back().old = "output";
  }
  if (query) {
    // What is pushed into the shard is asked of its instances, and what they answer is pushed on.
    NewElement ask;
    ask.name = placed.name + "_asks";
    ask.call = "Ask";
    ask.helper = true;
    placed.made.connections.push_back({ask.name, "ask", here.element, here.port, true, here.settings});
    ports.push_back({"input", Direction::kIn, PortKind::kPush, ask.name, "in"});
    ports.push_back({"output", Direction::kOut, PortKind::kPush, ask.name, "out"});
    ports.push_back({"input-query", Direction::kIn, PortKind::kQuery, here.element, here.port, here.settings});
    placed.made.elements.push_back(std::move(ask));
  } else {
    ports.push_back({"input", Direction::kIn, PortKind::kPush, here.element, here.port, here.settings});
  }
  for (const PortHere& port : placed.made.ports) {
    const bool query_in = port.kind == PortKind::kQuery && port.direction == Direction::kIn && !query && !port.needless;
    if (query_in && placed.made.elements.size() == 1) {
      ports.push_back(port);
      ports.back().old = "input-query";
    }
  }
  placed.made.ports = std::move(ports);
  return true;
}

bool Body::place_shard(const OldBlock& block, const OldClass& old, const std::vector<Given>& givens, Placed& placed) {
  Instance instance;
  if (!find_instance(old, givens, block, instance)) return false;
  for (const Given& given : givens) {
    if (old.find_arg(given.name) != nullptr) continue;
    all_.diagnostics.warning("W0143", given.span,
                             fmt::format("`{}` had no argument `{}`; it is left out", old.name, given.name));
  }
  std::string field;
  if (old.sharing == OldSharing::kHash || old.sharing == OldSharing::kValue) {
    const char* name = old.sharing == OldSharing::kHash ? "hash-field" : "shard-field";
    const Given* given = find_given(givens, name);
    if (given == nullptr) {
      all_.diagnostics.error("E0147", block.class_name.span, fmt::format("`{}` needs its argument `{}`", old.name, name));
      return false;
    }
    const std::optional<std::string> read = all_.parts.value(*given->value, OldForm::kField, given->name);
    if (!read) return false;
    field = *read;
  }
  const bool apart = instance.args.size() > 1 || old.sharing == OldSharing::kValue ||
                     (instance.old != nullptr && instance.old->own_files && instance.nodes > 1);
  if (apart && old.sharing != OldSharing::kQueue) {
    Parting parting;
    return part(old, instance, field, parting) && share_apart(instance, parting, placed);
  }
  if (instance.args.size() > 1) {
    all_.diagnostics.add({Severity::kWarning,
                          "W0149",
                          instance.args[1]->span,
                          "the instances of a queue shard are alike; all get the arguments of the first one",
                          {},
                          ""});
  }
  if (!share(instance, placed)) return false;
  NewElement& element = placed.made.elements[0];
  const std::string settings = sharing(old.sharing, instance.nodes, field);
  if (instance.old == nullptr || instance.old->alone.empty()) {
    element.settings += (element.settings.empty() ? "" : ", ") + settings;
  } else {
    all_.diagnostics.add({Severity::kWarning,
                          "W0149",
                          block.class_name.span,
                          fmt::format("`{}` needs no replicas; there is one", instance.class_name),
                          {{std::string(instance.old->alone), {}}},
                          ""});
  }
  if (!instance.at.text.empty()) {
    element.settings += (element.settings.empty() ? "at = " : ", at = ") + quoted(instance.at.text);
  }
  element.comment = one_line(fmt::format("{} of {}", block.class_name.text, instance.class_name));
  return true;
}

}  // namespace blox::tools
