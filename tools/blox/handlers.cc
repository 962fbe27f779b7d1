// blox get, blox set: values that the elements of a run show, and let be changed.
#include <algorithm>

#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/values.h"
#include "tools/blox/console.h"
#include "tools/blox/control.h"
#include "tools/blox/table.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

/// "outer/counts.keys": a handler's name has no dot.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {name, ""};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

std::string plain(const Datum& value) {
  const std::string* text = value.get_if<std::string>();
  return text != nullptr ? *text : to_json(value);
}

int show(const protocol::ValuesReply& reply, bool json, bool one) {
  if (json) {
    Datum::List all;
    for (const protocol::HandlerValue& value : reply.values) {
      all.push_back(Datum::Struct{{"element", value.element},
                                  {"handler", value.handler},
                                  {"value", value.value},
                                  {"writable", value.writable},
                                  {"doc", value.doc}});
    }
    print_data(to_json(Datum(std::move(all))) + "\n");
  } else if (one) {
    print_data(plain(reply.values[0].value) + "\n");
  } else {
    Table table({"<handler", "value", "<", "<"});
    for (const protocol::HandlerValue& value : reply.values) {
      table.row(
          {value.element + "." + value.handler, plain(value.value), value.doc, value.writable ? "may be set" : ""});
    }
    print_data(table.text());
  }
  return kDone;
}

/// The answers of all workers that have to do with it, as one.
Result<protocol::ValuesReply> ask_cluster(ClusterClient& client, const std::string& name, const std::string& element,
                                          const protocol::Body& question) {
  BLOX_ASSIGN(const protocol::PsReply all, client.ask_for<protocol::PsReply>(protocol::PsRequest{}));
  BLOX_ASSIGN(const protocol::TopologyInfo topology, find_running(all, name));
  std::vector<std::string> workers;
  if (element.empty()) {
    for (const protocol::WorkerReport& worker : topology.workers) workers.push_back(worker.life.worker);
  } else {
    using Places = std::map<std::string, std::string>;
    BLOX_ASSIGN(const Places places, find_elements(client, topology));
    BLOX_ASSIGN(workers, workers_of(places, element));
  }
  std::vector<protocol::ValuesReply> said;
  Status failed;
  for (auto& [worker, answer] : client.ask_each(workers, question, ClusterClient::kPatience)) {
    auto* const reply = answer ? std::get_if<protocol::ValuesReply>(&*answer) : nullptr;
    if (reply != nullptr) {
      said.push_back(std::move(*reply));
    } else if (failed.is_ok() || failed.error().code == "control.handler") {  // that of what spreads, which has none
      failed = answer ? Status::outside("protocol.kind", "answers something else than values").at(worker)
                      : answer.status().at(worker);
    }
  }
  JoinedValues joined = join_values(said);
  // Of all elements those count that answer; of one, all of its replicas.
  if (joined.missing.empty() ? joined.values.empty() : !element.empty()) {
    if (!failed.is_ok()) return failed;
    if (!joined.missing.empty()) {
      return Status::outside("cluster.replicas", "not all workers of it have answered").at(joined.missing[0]);
    }
  }
  return protocol::ValuesReply{std::move(joined.values)};
}

int ask(const TopologyWords& words, const std::string& element, protocol::Body question, bool json, bool one) {
  const std::optional<bool> cluster = words.in_cluster();
  if (!cluster) return kUsage;
  if (*cluster) {
    int code = kDone;
    std::optional<ClusterClient> client = connect_cluster(words.cluster, code);
    if (!client) return code;
    const Result<protocol::ValuesReply> values = ask_cluster(*client, words.topology, element, question);
    if (!values) return report(values.status());
    return show(*values, json, one && values->values.size() == 1);
  }
  Result<ControlClient> client = ControlClient::connect(words.control.socket);
  if (!client) return report(client.status());
  const Result<protocol::Body> answer = client->ask(std::move(question));
  if (!answer) return report(answer.status());
  const auto* values = std::get_if<protocol::ValuesReply>(&*answer);
  if (values == nullptr || (one && values->values.size() != 1)) {
    return report(
        Status::outside("protocol.kind", "the run answers something else than values").at(words.control.socket));
  }
  return show(*values, json, one);
}

std::optional<bool> is_json(const std::string& format) {
  if (format == "json" || format == "text") return format == "json";
  print_error("blox: --format takes text or json, not " + format + "\n");
  return std::nullopt;
}

}  // namespace

int get_handler(Words words) {
  TopologyWords wanted;
  std::vector<std::string> names;
  std::string format = "text";
  Options options(
      "get [--control SOCKET | --cluster FILE] [ELEMENT[.HANDLER]] [--topology NAME] [--format json]",
      "Reads a handler of an element while the run goes on, here or in a cluster: the value alone. Without a\n"
      "handler all of the element, without an element all there are. `blox describe CLASS` says what a\n"
      "class has.",
      "blox get --control /tmp/run counts.keys");
  wanted.add_to(options);
  options.value("format", "text|json", "the form of the answer (text)", &format);
  options.positional("name", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<bool> json = is_json(format);
  if (!json) return kUsage;
  if (names.size() > 1) {
    print_error("blox: give one name: ELEMENT.HANDLER\n");
    return kUsage;
  }
  const auto [element, handler] = split_name(names.empty() ? "" : names[0]);
  return ask(wanted, element, protocol::GetRequest{element, handler}, *json, !handler.empty());
}

int set_handler(Words words) {
  TopologyWords wanted;
  std::vector<std::string> given;
  std::string format = "text";
  Options options("set [--control SOCKET | --cluster FILE] ELEMENT.HANDLER VALUE [--topology NAME]",
                  "Sets a handler of an element while the run goes on, between two of its calls, and prints the value\n"
                  "that it has then. VALUE is JSON, or text where it is none. It holds until the element begins anew,\n"
                  "as after the death of its worker: for good it belongs into the topology.",
                  "blox set --control /tmp/run slow.rate 500");
  wanted.add_to(options);
  options.value("format", "text|json", "the form of the answer (text)", &format);
  options.positional("name", &given);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<bool> json = is_json(format);
  if (!json) return kUsage;
  const auto [element, handler] = split_name(given.empty() ? "" : given[0]);
  if (given.size() != 2 || handler.empty()) {
    print_error("blox: give a handler and its value: blox set ELEMENT.HANDLER VALUE\n");
    return kUsage;
  }
  const Result<Datum> value = datum_from_json(given[1]);
  return ask(wanted, element, protocol::SetRequest{element, handler, value ? *value : Datum(given[1]), given[1]}, *json,
             true);
}

}  // namespace blox::tools
