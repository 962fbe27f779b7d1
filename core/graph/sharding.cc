// Whether an element can be a shard, and how it spreads its work where the author leaves that open.
//
// Owns     nothing
// Errors   E0406 unknown sharders and values that do not fit; E0407 what the class does not allow, or what says nothing
//          without `shards`; E0512 fields that do not arrive; E0518 changelogs that cannot be spread; W0609, W0610
#include "core/graph/work.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/graph/shards.h"

namespace blox {
namespace {

// One element with settings.
class Sharded {
 public:
  Sharded(Work& work, size_t index)
      : work_(work),
        node_(work.graph.elements[index]),
        checked_(work.elements[index]),
        settings_(checked_.settings),
        allowed_(checked_.element_class->traits->sharding),
        name_(work.name(index)),
        inputs_lost_(work.nodes[index].in_lost) {
    for (const Port* port : checked_.element->ports()) {
      if (port->direction() != Direction::kIn || !port->connected()) continue;
      if (port->kind() == PortKind::kPush) inputs_.push_back(port);
      fed_ = true;
    }
  }

  void check() {
    if (!settings_.shards_span.known()) return idle_settings();
    const bool says_how = settings_.by_span.known() || settings_.sharder_span.known() || settings_.values_span.known();
    if (!settings_.sharded && !says_how) return;
    if (allowed_ == Sharding::kOne || !fed_) {
      if (allowed_ != Sharding::kOne && (inputs_lost_ || work_.graph.incomplete)) return;
      return error("E0407", settings_.shards_span,
                   fmt::format("`{}` cannot be sharded: each replica would do all of the work", node_.class_name));
    }
    if (!choose()) return;
    if (settings_.shards_low < settings_.shards_high) warn_of_range();
    choice_.replicas = static_cast<size_t>(settings_.shards_low);
    if (choice_.replicas == 1 && choice_.values.empty()) return;
    if (!keeps_order()) return;
    const bool keep = settings_.order_span.known() ? settings_.keep_order : choice_.sharder->traits.keeps_order;
    choice_.keep_order = keep && inputs_.size() == 1;
    checked_.shard = std::move(choice_);
  }

 private:
  void error(std::string_view code, Span span, std::string message, std::string fix = {}) {
    work_.error(code, span, std::move(message), std::move(fix), node_.uses);
  }

  // Settings that say nothing of an element of which there is one.
  void idle_settings() {
    const auto needs_shards = [&](const char* setting, Span span, const char* what) {
      if (!span.known()) return;
      error("E0407", span, fmt::format("`{}` says how {}, and there is one only", setting, what),
            fmt::format("add `shards`, or leave `{}` out", setting));
    };
    needs_shards("by", settings_.by_span, "records are given to replicas");
    needs_shards("sharder", settings_.sharder_span, "the work is spread over replicas");
    needs_shards("values", settings_.values_span, "records are given to replicas");
    if (!settings_.order_span.known()) return;
    warn("W0609", settings_.order_span,
         fmt::format("`order` has no effect: `{}` is no shard and keeps it anyway", name_));
  }

  void warn(std::string_view code, Span span, std::string message, std::string fix = {}) {
    work_.report({Severity::kWarning, std::string(code), span, std::move(message), {}, std::move(fix)}, node_.uses);
  }

  void warn_of_range() {
    warn("W0610", settings_.shards_span,
         fmt::format("`{}` has {} of up to {} replicas: shards that grow are not available yet", name_,
                     settings_.shards_low, settings_.shards_high),
         fmt::format("write `shards = {}`", settings_.shards_high));
  }

  // ---- the sharder ----

  bool choose() {
    const std::optional<std::vector<std::string>> key = class_key();
    choice_.by = settings_.by_span.known() ? settings_.by.strings() : key.value_or(std::vector<std::string>());
    if (key) name_at_inputs(*key);
    std::string name = settings_.sharder;
    if (name.empty()) {
      if (choice_.by.empty() && changelog()) choice_.by = key_of_inputs();
      name = settings_.values_span.known() ? "value" : choice_.by.empty() ? "round_robin" : "hash";
    }
    choice_.sharder = work_.registry.find_sharder(name);
    if (choice_.sharder == nullptr) return unknown(name);
    return fields_arrive() && fits_class(key) && fits_changelogs() && fits_values() && fits_inputs();
  }

  // The fields that all records of a key agree in, as the first input calls them. Nothing where there are none.
  std::optional<std::vector<std::string>> class_key() const {
    if (allowed_ != Sharding::kByKey) return std::nullopt;
    for (const Port* port : checked_.element->ports()) {
      const bool push_in = port->kind() == PortKind::kPush && port->direction() == Direction::kIn;
      if (push_in && (inputs_.empty() || port == inputs_[0])) return key_at(*checked_.element, *port);
    }
    return std::nullopt;
  }

  // What `by` is called at each input, where a class has other names for its key at some of them.
  void name_at_inputs(const std::vector<std::string>& key) {
    bool differ = false;
    for (const Port* port : inputs_) {
      const std::vector<std::string> here = key_at(*checked_.element, *port).value_or(key);
      std::vector<std::string>& names = choice_.names.emplace_back(choice_.by);
      for (std::string& name : names) {
        const auto at = static_cast<size_t>(std::find(key.begin(), key.end(), name) - key.begin());
        if (at < key.size() && at < here.size()) name = here[at];
      }
      differ = differ || names != choice_.by;
    }
    if (!differ) choice_.names.clear();
  }

  // One of `by`, as it is called at an input.
  const std::string& name_at(size_t input, size_t field) const {
    return choice_.names.empty() ? choice_.by[field] : choice_.names[input][field];
  }

  bool unknown(const std::string& name) {
    std::vector<std::string> known;
    for (const SharderClass* each : work_.registry.sharders()) known.emplace_back(each->name);
    const std::string near = did_you_mean(name, known);
    error("E0406", settings_.sharder_span.known() ? settings_.sharder_span : settings_.shards_span,
          fmt::format("unknown sharder `{}`{}", name, near),
          near.empty() && !known.empty() ? "there is " + list_names(known) : "");
    return false;
  }

  bool fits_class(const std::optional<std::vector<std::string>>& key) {
    const SharderTraits& traits = choice_.sharder->traits;
    const Span span = settings_.sharder_span.known() ? settings_.sharder_span : settings_.shards_span;
    if (allowed_ == Sharding::kByKey && !key) {
      error("E0407", span,
            fmt::format("`{}` has no argument `by`, so nobody knows which records belong together", node_.class_name));
      return false;
    }
    if (allowed_ == Sharding::kByKey && !traits.by) {
      error("E0407", span,
            fmt::format("`{}` needs all records of one key in one replica, and `{}` does not see to that",
                        node_.class_name, choice_.sharder->name),
            "leave `sharder` out");
      return false;
    }
    if (key && key->empty()) {
      error("E0407", span, fmt::format("`{}` has no key here, so one replica would do all of the work", name_),
            "give it one, as in `by = [field]`");
      return false;
    }
    for (const FieldName& field : settings_.by.names) {
      if (!key || std::find(key->begin(), key->end(), field.name) != key->end()) continue;
      error("E0407", field.span,
            fmt::format("records of one key of `{}` may differ in `{}`, so they would not go to one replica", name_,
                        field.name),
            fmt::format("leave `by` out, or choose from {}", list_names(*key)));
      return false;
    }
    if (settings_.by_span.known() && !traits.by) {
      error("E0407", settings_.by_span, fmt::format("`{}` does not go by fields", choice_.sharder->name),
            "leave `by` out, or use `sharder = hash`");
      return false;
    }
    if (traits.by && choice_.by.empty()) {
      error("E0407", span, fmt::format("`{}` needs to know by which fields", choice_.sharder->name),
            "add `by`, as in `by = [field]`");
      return false;
    }
    return true;
  }

  bool fields_arrive() {
    bool all = true;
    for (size_t field = 0; field < choice_.by.size(); ++field) {
      std::optional<Type> first;
      for (size_t input = 0; input < inputs_.size(); ++input) {
        const std::string& name = name_at(input, field);
        const Schema& schema = inputs_[input]->schema();
        if (schema.size() == 0) return false;  // lost
        const std::optional<size_t> at = schema.find(name);
        if (!at) {
          all = false;
          field_error(name,
                      fmt::format("`{}` cannot be sharded by `{}`, which does not arrive{}", name_, name,
                                  did_you_mean(name, schema.names())),
                      schema);
        } else if (first && schema.at(*at).type.with_nullable(false) != first->with_nullable(false)) {
          all = false;
          field_error(name,
                      fmt::format("`{}` arrives as {} and as {}, so it cannot spread `{}`", name, first->to_string(),
                                  schema.at(*at).type.to_string(), name_),
                      schema);
        } else {
          first = schema.at(*at).type;
        }
      }
    }
    return all;
  }

  void field_error(const std::string& name, std::string message, const Schema& schema) {
    Span span = settings_.shards_span;
    for (const FieldName& field : settings_.by.names) {
      if (field.name == name) span = field.span;
    }
    Diagnostic diagnostic{Severity::kError, "E0512", span, std::move(message), {}, {}};
    diagnostic.notes.push_back({"arrives: " + schema.to_string(), {}});
    work_.report(std::move(diagnostic), node_.uses);
  }

  bool changelog() const {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [](const Port* port) { return port->schema().mode() != Mode::kAppend; });
  }
  std::vector<std::string> key_of_inputs() const {
    const std::vector<std::string>& first = inputs_[0]->schema().key();
    const bool same =
        std::all_of(inputs_.begin(), inputs_.end(), [&](const Port* port) { return port->schema().key() == first; });
    return same ? first : std::vector<std::string>();
  }

  // Operations on one key keep their order, so they go to one replica. Of a full changelog both halves of an update are
  // there to be told apart; a delete of an upsert one has nothing but its key.
  bool fits_changelogs() {
    for (const Port* port : inputs_) {
      const Schema& schema = port->schema();
      if (schema.mode() == Mode::kAppend) continue;
      const auto in_key = [&](const std::string& name) {
        return std::find(schema.key().begin(), schema.key().end(), name) != schema.key().end();
      };
      const bool by_key = std::all_of(choice_.by.begin(), choice_.by.end(), in_key);
      if (choice_.sharder->traits.by && (by_key || schema.mode() == Mode::kFull)) continue;
      const std::string key = schema.key().empty() ? "" : fmt::format("{}", fmt::join(schema.key(), ", "));
      error("E0518", settings_.shards_span,
            fmt::format("`{}` is fed a changelog, whose operations on one key must go to one replica", name_),
            key.empty() ? "" : fmt::format("use `by = [{}]`", key));
      return false;
    }
    return true;
  }

  bool fits_values() {
    if (!choice_.sharder->traits.values) {
      if (!settings_.values_span.known()) return true;
      error("E0407", settings_.values_span, fmt::format("`{}` takes no values", choice_.sharder->name),
            "leave `values` out, or use `sharder = value`");
      return false;
    }
    if (!settings_.values_span.known() || choice_.by.size() != 1) {
      error("E0407", settings_.sharder_span.known() ? settings_.sharder_span : settings_.values_span,
            fmt::format("`{}` needs one field in `by`, and `values` with those of each replica", choice_.sharder->name),
            "as in `{shards = 2, by = [kind], values = [\"text\", [\"image\", \"sound\"]]}`");
      return false;
    }
    if (static_cast<int64_t>(settings_.values.size()) != settings_.shards_high) {
      error("E0406", settings_.values_span,
            fmt::format("`values` names those of {} replicas, and there are {}", settings_.values.size(),
                        settings_.shards_high));
      return false;
    }
    for (size_t input = 0; input < inputs_.size(); ++input) {
      const Schema& schema = inputs_[input]->schema();
      const Type type = schema.at(*schema.find(name_at(input, 0))).type;
      for (const std::vector<Datum>& values : settings_.values) {
        for (const Datum& value : values) {
          if (log_from(Schema({{choice_.by[0], type}}), {{value}}).is_ok()) continue;
          error("E0406", settings_.values_span,
                fmt::format("`{}` is {}, which `{}` is not", choice_.by[0], type.to_string(), value.to_string()));
          return false;
        }
      }
    }
    choice_.values = settings_.values;
    return true;
  }

  // Logs of several inputs have no order among each other, and answers have no turn.
  bool keeps_order() {
    if (inputs_.size() == 1 || !settings_.order_span.known() || !settings_.keep_order) return true;
    error("E0407", settings_.order_span,
          fmt::format("`{}` has {} inputs, and order is kept between one and the outputs", name_, inputs_.size()),
          "leave `order` out");
    return false;
  }

  bool fits_inputs() {
    if (!choice_.sharder->traits.one_at_a_time || inputs_.size() <= 1) return true;
    error("E0407", settings_.sharder_span.known() ? settings_.sharder_span : settings_.shards_span,
          fmt::format("`{}` has {} inputs, and `{}` takes one", name_, inputs_.size(), choice_.sharder->name),
          "put `Merge` before it");
    return false;
  }

  Work& work_;
  const GraphElement& node_;
  CheckedElement& checked_;
  const ElementSettings& settings_;
  const Sharding allowed_;
  const std::string name_;
  const bool inputs_lost_;
  std::vector<const Port*> inputs_;
  bool fed_ = false;
  ShardChoice choice_;
};

// `queue`, `full` and `spill` behind an element are about what comes in.
void check_queues(Work& work) {
  std::vector<bool> has_inputs(work.elements.size());
  for (const CheckedConnection& connection : work.connections) has_inputs[connection.to] = true;
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (has_inputs[i] || !work.elements[i].settings.queue) continue;
    for (const Setting& setting : work.graph.elements[i].settings) {
      if (setting.name != "queue" && setting.name != "full" && setting.name != "spill") continue;
      work.report({Severity::kWarning,
                   "W0609",
                   setting.name_span,
                   fmt::format("`{}` has no effect: nothing comes in to `{}`", setting.name, work.name(i)),
                   {},
                   "write it behind the element that reads, or behind the arrow"},
                  work.graph.elements[i].uses);
    }
  }
}

}  // namespace

void check_shards(Work& work) {
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (work.nodes[i].lost || work.nodes[i].args_lost || work.graph.elements[i].settings.empty()) continue;
    Sharded(work, i).check();
  }
  if (!work.graph.incomplete) check_queues(work);
}

}  // namespace blox
