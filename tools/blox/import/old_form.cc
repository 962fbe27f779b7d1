#include "tools/blox/import/old_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace blox::tools {
namespace {

using Kind = JsonNode::Kind;

class FormReader {
 public:
  explicit FormReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  OldTopology read(const JsonNode& root) {
    OldTopology out;
    if (root.is(Kind::kObject)) {
      group(root, out.groups.emplace_back());
      if (out.groups[0].name.text.empty()) out.groups[0].name.text = "main";
      return out;
    }
    if (!root.is(Kind::kList)) {
      error(root, "a topology of 2012 is an object with `blocks` and `connections`, or a list of groups");
      return out;
    }
    for (const JsonNode& item : root.items) {
      if (!count(groups_, kMostOldBlocks, item, "groups")) break;
      if (!item.is(Kind::kObject)) {
        error(item, std::string("a group is an object, not ") + item.kind_name());
        continue;
      }
      OldGroup& read = out.groups.emplace_back();
      group(item, read);
      if (read.name.text.empty()) error(item, "a group of a list needs its `group-name`");
    }
    const auto is_main = [](const OldGroup& group) { return old_name(group.name.text) == "main"; };
    const auto main = std::find_if(out.groups.begin(), out.groups.end(), is_main);
    if (main == out.groups.end()) {
      error(root, "there is no group `main`, in which a topology begins");
      out.groups.clear();
      return out;
    }
    out.main = static_cast<size_t>(main - out.groups.begin());
    same_names(out);
    return out;
  }

 private:
  void error(const JsonNode& at, std::string message) { diagnostics_.error("E0142", at.span, std::move(message)); }

  void same_names(const OldTopology& topology) {
    std::map<std::string, Span> first;
    for (const OldGroup& group : topology.groups) {
      const auto [known, is_new] = first.emplace(old_name(group.name.text), group.name.span);
      if (is_new) continue;
      diagnostics_.add({Severity::kError,
                        "E0142",
                        group.name.span,
                        "two groups are called `" + group.name.text + "`",
                        {{"the first one", known->second}},
                        ""});
    }
  }

  // Whether there may be another one; the first that is too many is reported.
  bool count(size_t& counted, size_t most, const JsonNode& at, const char* what) {
    if (++counted > most + 1) return false;
    if (counted == most + 1) error(at, fmt::format("this is more than {} {}: the rest is not read", most, what));
    return counted <= most;
  }

  bool word(const JsonNode& node, OldWord& out, const char* what) {
    if (!node.is(Kind::kString) || node.text.empty()) {
      error(node, std::string(what) + " is a string, not " + (node.text.empty() ? "an empty one" : node.kind_name()));
      return false;
    }
    out = {node.text, node.span};
    return true;
  }

  // Keys that nobody reads are named, so that nothing is lost in silence.
  void others(const JsonNode& object, std::initializer_list<std::string_view> known, const char* of) {
    for (const JsonNode& key : object.keys) {
      const auto is_it = [&](std::string_view name) { return old_name(name) == old_name(key.text); };
      if (std::any_of(known.begin(), known.end(), is_it)) continue;
      const std::optional<std::string> near = nearest(key.text, {known.begin(), known.end()});
      diagnostics_.add({Severity::kWarning,
                        "W0143",
                        key.span,
                        std::string(of) + " has no `" + key.text + "`; it is left out",
                        {},
                        near ? "did you mean `" + *near + "`?" : ""});
    }
  }

  // Group keys are written `group-name` and `group_name`.
  static const JsonNode* find(const JsonNode& object, std::string_view name) {
    for (size_t i = 0; i < object.keys.size(); ++i) {
      if (old_name(object.keys[i].text) == name) return &object.items[i];
    }
    return nullptr;
  }

  const JsonNode* list(const JsonNode& object, std::string_view name, bool needed) {
    const JsonNode* found = find(object, name);
    if (found == nullptr) {
      if (needed) error(object, "`" + std::string(name) + "` is missing");
      return nullptr;
    }
    if (found->is(Kind::kList)) return found;
    error(*found, "`" + std::string(name) + "` is a list, not " + found->kind_name());
    return nullptr;
  }

  void group(const JsonNode& object, OldGroup& out) {
    others(object, {"group-name", "blocks", "connections", "policies", "group-ports", "group-args"}, "a group");
    out.name.span = object.span;
    if (const JsonNode* name = find(object, "group-name")) word(*name, out.name, "`group-name`");
    if (const JsonNode* blocks = list(object, "blocks", true)) {
      for (const JsonNode& item : blocks->items) block(item, out);
    }
    if (const JsonNode* connections = list(object, "connections", false)) {
      for (const JsonNode& item : connections->items) connection(item, out);
    }
    if (const JsonNode* found = find(object, "policies")) policies(*found, out);
    if (const JsonNode* found = find(object, "group-ports")) ports(*found, out);
  }

  void block(const JsonNode& item, OldGroup& group) {
    if (!count(blocks_, kMostOldBlocks, item, "blocks")) return;
    if (!item.is(Kind::kObject)) return error(item, std::string("a block is an object, not ") + item.kind_name());
    others(item, {"id", "name", "args", "at"}, "a block");
    OldBlock out;
    const JsonNode* id = find(item, "id");
    const JsonNode* name = find(item, "name");
    if (id == nullptr || name == nullptr) {
      return error(item, id == nullptr ? "a block needs its `id`" : "a block needs its `name`, that of its class");
    }
    if (!word(*id, out.id, "`id`") || !word(*name, out.class_name, "`name`")) return;
    for (const OldBlock& other : group.blocks) {
      if (other.id.text != out.id.text) continue;
      diagnostics_.add({Severity::kError,
                        "E0142",
                        out.id.span,
                        "two blocks have the id `" + out.id.text + "`",
                        {{"the first one", other.id.span}},
                        ""});
      return;
    }
    if (const JsonNode* at = find(item, "at")) word(*at, out.at, "`at`");
    if (const JsonNode* args = find(item, "args")) {
      if (args->is(Kind::kString) && old_name(args->text) == "group-args") {
        out.group_args = true;
      } else if (args->is(Kind::kObject)) {
        out.args = args;
        std::map<std::string, Span> first;
        for (const JsonNode& key : args->keys) {
          const auto [known, is_new] = first.emplace(old_name(key.text), key.span);
          if (is_new) continue;
          diagnostics_.add({Severity::kError,
                            "E0142",
                            key.span,
                            "the argument `" + key.text + "` stands twice",
                            {{"the first one", known->second}},
                            ""});
        }
      } else if (!args->is(Kind::kNull)) {
        error(*args, std::string("`args` is an object, or \"group-args\", not ") + args->kind_name());
      }
    }
    group.blocks.push_back(std::move(out));
  }

  // {"block": "port"}
  bool end(const JsonNode& item, OldEnd& out) {
    if (!item.is(Kind::kObject) || item.keys.size() != 1) {
      error(item, "an end of a connection is written {\"block\": \"port\"}");
      return false;
    }
    out.block = {item.keys[0].text, item.keys[0].span};
    return word(item.items[0], out.port, "a port");
  }

  void connection(const JsonNode& item, OldGroup& group) {
    if (!count(connections_, kMostOldConnections, item, "connections")) return;
    if (!item.is(Kind::kList) || item.items.size() < 2) {
      return error(item, "a connection is written [{\"block\": \"port\"}, {\"block\": \"port\"}]");
    }
    OldConnection out;
    if (!end(item.items[0], out.from)) return;
    for (size_t i = 1; i < item.items.size(); ++i) {
      if (end(item.items[i], out.to)) group.connections.push_back(out);
    }
  }

  void policies(const JsonNode& node, OldGroup& group) {
    if (node.is(Kind::kList)) {
      for (const JsonNode& item : node.items) policies(item, group);
      return;
    }
    if (!node.is(Kind::kObject)) {
      return error(node, std::string("policies are written {\"block\": {\"queue_size\": 1}}, not as ") +
                             node.kind_name());
    }
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const JsonNode& policy = node.items[i];
      if (!policy.is(Kind::kObject)) {
        error(policy, std::string("a policy is an object, not ") + policy.kind_name());
        continue;
      }
      others(policy, {"queue_size"}, "a policy");
      const JsonNode* size = find(policy, "queue-size");
      if (size == nullptr) continue;
      if (!size->is(Kind::kInt) || size->integer < 1) {
        error(*size, "`queue_size` is a number of logs, at least 1");
        continue;
      }
      group.policies.push_back({{node.keys[i].text, node.keys[i].span}, size->integer});
    }
  }

  void ports(const JsonNode& node, OldGroup& group) {
    if (!node.is(Kind::kObject)) {
      return error(node, std::string("`group-ports` are written {\"outer\": [\"block\", \"port\"]}, not as ") +
                             node.kind_name());
    }
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const JsonNode& inner = node.items[i];
      OldGroupPort out{{node.keys[i].text, node.keys[i].span}, {}};
      if (!inner.is(Kind::kList) || inner.items.size() != 2) {
        error(inner, "a port of a group is written [\"block\", \"port\"]");
      } else if (word(inner.items[0], out.inner.block, "a block") && word(inner.items[1], out.inner.port, "a port")) {
        group.ports.push_back(std::move(out));
      }
    }
  }

  Diagnostics& diagnostics_;
  size_t groups_ = 0, blocks_ = 0, connections_ = 0;
};

}  // namespace

OldTopology read_old_form(const JsonNode& root, Diagnostics& diagnostics) { return FormReader(diagnostics).read(root); }

std::string old_name(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace blox::tools
