#include "dsl/cluster_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "dsl/cluster_words.h"
#include "dsl/program.h"
#include "dsl/quantity.h"
#include "dsl/yaml_document.h"

namespace blox::dsl {
namespace {

class Reader {
 public:
  Reader(ClusterConfig& out, Diagnostics& diagnostics)
      : out_(out), folder_(folder_of(out.path)), diagnostics_(diagnostics) {}

  void file(const YamlNode& root) {
    const std::optional<Span> whole = keys(root, "a map: master, keys, lease, limits, nodes, users",
                                           {{"master", [&](auto& node) { master(node); }},
                                            {"keys", [&](auto& node) { out_.keys = folder(node); }},
                                            {"lease", [&](auto& node) { lease(node); }},
                                            {"limits", [&](auto& node) { limits(node, limits_); }},
                                            {"nodes", [&](auto& node) { nodes_ = &node; }},
                                            {"users", [&](auto& node) { users(node); }}});
    if (!whole) return;
    if (!master_seen_) missing(root.span, "master", "`master: {address: 127.0.0.1:4600, state: state/master}`");
    // Behind all else: a node has the limits of the cluster where it says nothing.
    if (nodes_ != nullptr) nodes(*nodes_);
    if (out_.nodes.empty() && !nodes_wrong_) {
      missing(nodes_ != nullptr ? nodes_->span : root.span, "nodes", "`nodes: {one: {address: 127.0.0.1}}`");
    }
    if (out_.keys.empty()) {
      for (const auto& [span, host] : hosts_) {
        if (!is_loopback(host)) refuse_without_keys(span, host);
      }
    }
  }

 private:
  using Key = std::pair<std::string_view, std::function<void(const YamlNode&)>>;

  void error(std::string_view code, Span span, std::string message, std::string fix = {}) {
    diagnostics_.add({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)});
  }
  void missing(Span span, std::string_view what, std::string_view example) {
    if (meant_.count(what) != 0) return;  // it is there, misspelt
    error("E0706", span, fmt::format("`{}` is missing", what), fmt::format("add {}", example));
  }
  void refuse_without_keys(Span span, const std::string& host) {
    error("E0707", span, fmt::format("others than this machine can reach `{}`, and there are no keys", host),
          "add `keys: keys`, then run `blox keygen --cluster " + out_.path + "`; or use 127.0.0.1");
  }

  /// Reads the keys of a map; nothing where it is none.
  std::optional<Span> keys(const YamlNode& map, std::string_view wanted, const std::vector<Key>& known) {
    if (map.kind == YamlNode::Kind::kRefused) return std::nullopt;
    if (map.kind != YamlNode::Kind::kMap) {
      error("E0132", map.span, "expected " + std::string(wanted) + " here");
      return std::nullopt;
    }
    each(map, [&](const YamlNode& key, const YamlNode& value) {
      const auto found =
          std::find_if(known.begin(), known.end(), [&](const Key& one) { return one.first == key.text; });
      if (found != known.end()) return found->second(value);
      std::vector<std::string> names;
      for (const Key& one : known) names.emplace_back(one.first);
      const std::optional<std::string> near = nearest(key.text, names);
      if (near) meant_.insert(*near);
      error("E0133", key.span, "unknown key `" + key.text + "`" + (near ? "; did you mean `" + *near + "`?" : ""),
            near ? "" : fmt::format("there are {}", fmt::join(names, ", ")));
    });
    return map.span;
  }

  void each(const YamlNode& map, const std::function<void(const YamlNode& key, const YamlNode& value)>& read) {
    std::map<std::string_view, Span> seen;
    for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
      const YamlNode& key = map.items[i];
      if (key.kind != YamlNode::Kind::kPlain && key.kind != YamlNode::Kind::kQuoted) {
        if (key.kind != YamlNode::Kind::kRefused) error("E0132", key.span, "expected a name here");
        continue;
      }
      const auto [first, fresh] = seen.emplace(key.text, key.span);
      if (!fresh) {
        diagnostics_.add(
            Diagnostic{Severity::kError, "E0115", key.span, "`" + key.text + "` is given twice", {}, {}}.note(
                "first given here", first->second));
        continue;
      }
      read(key, map.items[i + 1]);
    }
  }

  /// The text of a scalar; nothing, reported, where it is none.
  std::optional<std::string> scalar(const YamlNode& node, std::string_view wanted) {
    if (node.kind == YamlNode::Kind::kPlain || node.kind == YamlNode::Kind::kQuoted) return node.text;
    if (node.kind != YamlNode::Kind::kRefused) error("E0132", node.span, "expected " + std::string(wanted) + " here");
    return std::nullopt;
  }

  std::string folder(const YamlNode& node) {
    const std::optional<std::string> text = scalar(node, "the path of a folder");
    if (!text) return kBroken;
    if (text->empty()) {
      error("E0705", node.span, "the path of a folder is empty");
      return kBroken;
    }
    if ((*text)[0] == '/' || folder_ == ".") return *text;
    return folder_ == "/" ? "/" + *text : folder_ + "/" + *text;
  }

  /// "HOST:PORT" as it stands; port 0 lets the system choose, where that is of use.
  std::string address(const YamlNode& node, bool any_port) {
    const std::optional<std::string> text = scalar(node, "an address, HOST:PORT,");
    if (!text) return kBroken;
    const std::optional<HostPort> parts = split_address(*text);
    if (!parts || !is_host(parts->host) || (parts->port == 0 && !any_port)) {
      error("E0705", node.span, fmt::format("`{}` is no address with a port", *text),
            "write HOST:PORT, such as 10.0.0.1:4600 or [fd00::1]:4600");
      return kBroken;
    }
    return *text;
  }

  /// Where Prometheus asks: nothing secret, but nothing for the world either.
  std::string metrics(const YamlNode& node) {
    const std::string text = address(node, true);
    if (const std::optional<HostPort> parts = split_address(text)) hosts_.emplace_back(node.span, parts->host);
    return text;
  }

  void master(const YamlNode& node) {
    master_seen_ = true;
    const auto at_address = [&](const YamlNode& value) {
      out_.address = address(value, false);
      if (const std::optional<HostPort> parts = split_address(out_.address)) {
        hosts_.emplace_back(value.span, parts->host);
      }
    };
    const std::optional<Span> whole = keys(node, "a map: address, state, metrics",
                                           {{"address", at_address},
                                            {"state", [&](auto& value) { out_.state = folder(value); }},
                                            {"metrics", [&](auto& value) { out_.metrics = metrics(value); }}});
    if (!whole) return;
    if (out_.address.empty()) missing(node.span, "address", "`address: 127.0.0.1:4600`, where the master listens");
    if (out_.state.empty()) missing(node.span, "state", "`state: /var/lib/datablox/master`, a folder");
  }

  std::optional<Quantity> quantity(const YamlNode& node, Quantity::Kind kind, std::string_view wanted) {
    const std::optional<std::string> text = scalar(node, wanted);
    if (!text) return std::nullopt;
    const size_t before = diagnostics_.errors();
    std::optional<Quantity> read;
    if (!text->empty() && ((*text)[0] >= '0' && (*text)[0] <= '9'))
      read = read_quantity(*text, node.span, diagnostics_);
    if (read && (read->kind == kind || (kind == Quantity::Kind::kFloat && read->kind == Quantity::Kind::kInt))) {
      return read;
    }
    if (diagnostics_.errors() == before) {
      error("E0705", node.span, fmt::format("`{}` is not {}", *text, wanted));
    }
    return std::nullopt;
  }

  void lease(const YamlNode& node) {
    const auto read = quantity(node, Quantity::Kind::kDuration, "a time such as 3s");
    if (!read) return;
    out_.lease = read->integer;
    if (out_.lease < ClusterConfig::kShortestLease) {
      error("E0705", node.span, fmt::format("a lease of {} is too short: nodes report every second", node.text),
            "give 2s at least, so that one lost report loses no node; 3s is usual");
    } else if (out_.lease > ClusterConfig::kLongestLease) {
      error("E0705", node.span,
            fmt::format("a lease of {} is too long: so long would a lost node go unseen", node.text),
            "give 10min at most; 3s is usual");
    }
  }

  void limits(const YamlNode& node, ClusterConfig::Limits& out) {
    keys(node, "a map: memory, cpu, user",
         {{"memory",
           [&](const YamlNode& value) {
             const auto read = quantity(value, Quantity::Kind::kSize, "a size such as 4GiB");
             if (!read) return;
             out.memory_bytes = static_cast<uint64_t>(read->integer);
             if (read->integer < int64_t{16} << 20) error("E0705", value.span, "a worker needs 16MiB at least");
           }},
          {"cpu",
           [&](const YamlNode& value) {
             const auto read = quantity(value, Quantity::Kind::kFloat, "a number of cores such as 1.5");
             if (!read) return;
             const double cores = read->kind == Quantity::Kind::kInt ? static_cast<double>(read->integer) : read->real;
             if (!(cores >= 0.01 && cores <= 10'000)) {
               return error("E0705", value.span, "between 0.01 and 10,000 cores can be given");
             }
             out.cpu_permille = static_cast<uint64_t>(std::llround(cores * 1'000));
           }},
          {"user", [&](const YamlNode& value) {
             const auto text = scalar(value, "the name of a user of the system");
             if (!text) return;
             out.user = *text;
             if (!is_name(*text)) error("E0705", value.span, fmt::format("`{}` is no name of a user", *text));
           }}});
  }

  bool named(const YamlNode& key, std::string_view what) {
    if (is_name(key.text)) return true;
    error("E0705", key.span, fmt::format("`{}` is no name of a {}", key.text, what),
          "names have up to 64 letters, digits, `_`, `-` and `.`, and begin with a letter or a digit");
    return false;
  }

  void nodes(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) {
      nodes_wrong_ = true;
      if (node.kind != YamlNode::Kind::kRefused) {
        error("E0132", node.span, "expected a map from the names of nodes to what they are here");
      }
      return;
    }
    nodes_wrong_ = !node.items.empty();
    each(node, [&](const YamlNode& key, const YamlNode& value) {
      if (!named(key, "node")) return;
      if (out_.nodes.size() == ClusterConfig::kMostNodes) {
        if (!std::exchange(too_many_, true)) error("E0705", key.span, "a cluster has at most 10,000 nodes");
        return;
      }
      ClusterConfig::Node& one = out_.nodes.emplace_back();
      one.name = key.text;
      one.limits = limits_;
      this->node(key, value, one);
    });
  }

  void node(const YamlNode& key, const YamlNode& node, ClusterConfig::Node& out) {
    if (node.kind == YamlNode::Kind::kNull)
      return missing(key.span, "address", "`address: 10.0.0.2`, where the others reach it");
    const std::optional<Span> whole = keys(node, "a map: address, labels, capacity, ports, state, metrics, limits",
                                           {{"address", [&](auto& value) { host(value, out); }},
                                            {"labels", [&](auto& value) { labels(value, out); }},
                                            {"capacity", [&](auto& value) { capacity(value, out); }},
                                            {"ports", [&](auto& value) { ports(value, out); }},
                                            {"state", [&](auto& value) { out.state = folder(value); }},
                                            {"metrics", [&](auto& value) { out.metrics = metrics(value); }},
                                            {"limits", [&](auto& value) { limits(value, out.limits); }}});
    if (!whole) return;
    if (out.host.empty()) missing(key.span, "address", "`address: 10.0.0.2`, where the others reach it");
    if (out.state.empty()) {
      // Beside the master's: nobody wants to name a folder for each of a hundred nodes.
      out.state = folder_ == "." ? "state/" + out.name : folder_ + "/state/" + out.name;
    }
  }

  void host(const YamlNode& node, ClusterConfig::Node& out) {
    const std::optional<std::string> text = scalar(node, "a host, by name or number,");
    if (!text) {
      out.host = kBroken;
      return;
    }
    out.host = *text;
    const bool bracketed = text->size() > 2 && text->front() == '[' && text->back() == ']';
    if (bracketed) out.host = text->substr(1, text->size() - 2);
    const bool with_port = !bracketed && std::count(text->begin(), text->end(), ':') == 1;
    if (!is_host(out.host) || with_port) {
      error("E0705", node.span, fmt::format("`{}` is no name or number of a host", *text),
            with_port ? "leave out the port: workers bind free ones, from `ports` where that is given" : "");
      return;
    }
    hosts_.emplace_back(node.span, out.host);
  }

  void labels(const YamlNode& node, ClusterConfig::Node& out) {
    if (node.kind == YamlNode::Kind::kNull || node.kind == YamlNode::Kind::kRefused) return;
    if (node.kind != YamlNode::Kind::kMap)
      return error("E0132", node.span, "expected a map of labels here: {disk: ssd}");
    each(node, [&](const YamlNode& key, const YamlNode& value) {
      const std::optional<std::string> text = scalar(value, "the value of a label");
      if (!text) return;
      if (!is_name(key.text) || !is_name(*text)) {
        return error("E0705", key.span, fmt::format("`{}={}` is no label", key.text, *text),
                     "labels and their values have letters, digits, `_`, `-` and `.`");
      }
      out.labels.push_back(key.text + "=" + *text);
    });
    std::sort(out.labels.begin(), out.labels.end());
  }

  void capacity(const YamlNode& node, ClusterConfig::Node& out) {
    const std::optional<std::string> text = scalar(node, "a number of elements");
    if (!text) return;
    const std::optional<uint64_t> number = read_number(*text);
    if (!number || *number == 0 || *number > 1'000'000) {
      return error("E0705", node.span, fmt::format("`{}` is no number of elements between 1 and 1,000,000", *text),
                   "leave it out for a node without a limit");
    }
    out.capacity = *number;
  }

  void ports(const YamlNode& node, ClusterConfig::Node& out) {
    const std::optional<std::string> text = scalar(node, "a range of ports, 40000-40999,");
    if (!text) return;
    const size_t dash = text->find('-');
    const std::optional<uint64_t> first = read_number(std::string_view(*text).substr(0, dash));
    const std::optional<uint64_t> last =
        dash == std::string::npos ? std::nullopt : read_number(std::string_view(*text).substr(dash + 1));
    if (!first || !last || *first == 0 || *last > UINT16_MAX || *first > *last) {
      return error("E0705", node.span, fmt::format("`{}` is no range of ports", *text),
                   "write FIRST-LAST, such as 40000-40999");
    }
    out.first_port = static_cast<uint16_t>(*first);
    out.last_port = static_cast<uint16_t>(*last);
  }

  void users(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kNull || node.kind == YamlNode::Kind::kRefused) return;
    if (node.kind != YamlNode::Kind::kMap) {
      return error("E0132", node.span, "expected a map from names of users to admin or reader here");
    }
    each(node, [&](const YamlNode& key, const YamlNode& value) {
      const std::optional<std::string> role = scalar(value, "admin or reader");
      if (!role || !named(key, "user")) return;
      if (*role != "admin" && *role != "reader") {
        return error("E0705", value.span, fmt::format("`{}` is no role", *role),
                     "admin may do everything, reader may look");
      }
      if (out_.users.size() < ClusterConfig::kMostNodes) {
        out_.users.push_back({key.text, *role == "admin" ? ClusterConfig::Role::kAdmin : ClusterConfig::Role::kReader});
      } else if (!std::exchange(too_many_, true)) {
        error("E0705", key.span, "a cluster has at most 10,000 users");
      }
    });
  }

  static constexpr const char* kBroken = "?";  // was reported; is no address and no folder

  ClusterConfig& out_;
  const std::string folder_;
  Diagnostics& diagnostics_;
  ClusterConfig::Limits limits_;
  const YamlNode* nodes_ = nullptr;
  std::set<std::string, std::less<>> meant_;  // keys that were misspelt
  bool master_seen_ = false;
  bool nodes_wrong_ = false;
  bool too_many_ = false;
  std::vector<std::pair<Span, std::string>> hosts_;
};

}  // namespace

const ClusterConfig::Node* ClusterConfig::find_node(std::string_view name) const {
  for (const Node& node : nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

std::optional<ClusterConfig> parse_cluster(const std::string& path, std::string_view text, uint32_t file,
                                           Diagnostics& diagnostics) {
  const size_t before = diagnostics.errors();
  ClusterConfig config;
  config.path = path;
  const std::optional<YamlNode> root = read_yaml_document(text, file, diagnostics);
  if (diagnostics.errors() > before) return std::nullopt;
  YamlNode nothing;
  nothing.kind = YamlNode::Kind::kMap;
  nothing.span = {file, 0, 0};
  Reader(config, diagnostics).file(root && root->kind != YamlNode::Kind::kNull ? *root : nothing);
  if (diagnostics.errors() > before) return std::nullopt;
  return config;
}

LoadedCluster load_cluster(const std::string& path) {
  LoadedCluster loaded;
  const Result<std::string> text = process_options().read(path);
  if (!text) {
    loaded.diagnostics.add({Severity::kError,
                            "E0901",
                            {},
                            "`" + path + "`: cannot read: " + text.status().error().text,
                            {},
                            "`blox cluster up` needs none; master/README.md shows one"});
    return loaded;
  }
  const uint32_t file = loaded.sources.add(path, *text);
  loaded.config = parse_cluster(path, loaded.sources.at(file).text, file, loaded.diagnostics);
  return loaded;
}

}  // namespace blox::dsl
