#include "core/graph/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace blox {

BLOX_ARG_ENUM(Full, {"block", Full::kBlock}, {"drop_new", Full::kDropNew}, {"drop_old", Full::kDropOld},
              {"spill", Full::kSpill})
BLOX_ARG_ENUM(ElementSettings::Restart, {"never", ElementSettings::Restart::kNever},
              {"always", ElementSettings::Restart::kAlways}, {"on_failure", ElementSettings::Restart::kOnFailure})
BLOX_ARG_ENUM(ElementSettings::Orphan, {"wait", ElementSettings::Orphan::kWait},
              {"stop", ElementSettings::Orphan::kStop})

namespace {

enum class ErrorWord : uint8_t { kCount, kFail };
enum class Order : uint8_t { kKeep, kAny };
BLOX_ARG_ENUM(ErrorWord, {"count", ErrorWord::kCount}, {"fail", ErrorWord::kFail})
BLOX_ARG_ENUM(Order, {"keep", Order::kKeep}, {"any", Order::kAny})

using Form = Literal::Form;

// Where the values go: `element` is null behind an arrow, `queue` never is.
struct Target {
  ElementSettings* element = nullptr;
  QueueBound* queue = nullptr;
  PortKind kind = PortKind::kPush;  // of the arrow
};

// One setting that is being read, and where its errors go.
class Reading {
 public:
  Reading(const Setting& setting, Diagnostics& diagnostics) : setting_(setting), diagnostics_(diagnostics) {}

  const Literal& value() const { return setting_.value; }
  void error(std::string_view code, std::string message, std::string fix = {}) const {
    diagnostics_.add({Severity::kError, std::string(code), value().span, std::move(message), {}, std::move(fix)});
  }
  void ill_typed(std::string_view wanted) const {
    error("E0406", fmt::format("`{}` needs {}, not {}", setting_.name, wanted, value().form_name()));
  }
  void misplaced(std::string message, std::string fix) const {
    diagnostics_.add({Severity::kError, "E0407", setting_.name_span, std::move(message), {}, std::move(fix)});
  }
  void not_yet(std::string_view what, std::string fix) const {
    error("E0607", fmt::format("{} is not available yet", what), std::move(fix));
  }
  /// The value as an argument of type T would read it.
  template <typename T>
  std::optional<T> as() const {
    Diagnostics found;
    ArgContext context(found, setting_.name);
    std::optional<T> out = ArgTraits<T>::parse(value(), context);
    for (Diagnostic diagnostic : found.all()) {
      diagnostic.code = "E0406";
      diagnostics_.add(std::move(diagnostic));
    }
    return out;
  }

 private:
  const Setting& setting_;
  Diagnostics& diagnostics_;
};

// ---- one reader a setting ----

void read_bound(const Literal& value, const Reading& reading, QueueBound& bound) {
  if (value.form != Form::kInt && value.form != Form::kSize) {
    reading.ill_typed("a number of logs, a size, or a list of both");
  } else if (value.integer < 1) {
    reading.error("E0406", fmt::format("`queue` must be at least 1, not `{}`", value.shown()));
  } else if (value.form == Form::kInt) {
    bound.logs = static_cast<uint64_t>(value.integer);
  } else {
    bound.bytes = static_cast<uint64_t>(value.integer);
  }
}

void read_queue(const Reading& reading, Target target) {
  const Literal& value = reading.value();
  target.queue->asked = true;
  if (value.form != Form::kList) return read_bound(value, reading, *target.queue);
  const bool both = value.items.size() == 2 && value.items[0].form != value.items[1].form;
  if (!both) return reading.ill_typed("a number of logs, a size, or a list of both");
  for (const Literal& item : value.items) read_bound(item, reading, *target.queue);
}

void read_full(const Reading& reading, Target target) {
  target.queue->asked = true;
  if (target.kind == PortKind::kQuery) {
    return reading.misplaced("questions are never dropped: their asker waits when the queue is full",
                             "leave `full` out");
  }
  const std::optional<Full> full = reading.as<Full>();
  if (!full) return;
  target.queue->full = *full;
  if (*full == Full::kSpill) reading.not_yet("`full = spill`", "use `full = block`, which makes the writer wait");
}

void read_spill(const Reading& reading, Target target) {
  target.queue->asked = true;
  const std::optional<Size> size = reading.as<Size>();
  if (!size) return;
  target.queue->spill_bytes = size->bytes;
  reading.not_yet("`spill`", "give the queue a larger bound, as in `queue = 256MiB`");
}

void read_deadline(const Reading& reading, Target target) {
  if (target.kind == PortKind::kPush) {
    return reading.misplaced("`deadline` is a setting of queries (`=>`), not of pushes", "");
  }
  const std::optional<Duration> time = reading.as<Duration>();
  if (!time) return;
  if (time->micros < 1) {
    return reading.error("E0406", fmt::format("`deadline` must be longer than `{}`", reading.value().shown()));
  }
  target.queue->deadline = time->micros;
}

// "node-1", or "label=value".
bool is_place(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
    });
  };
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return is_word(text);
  return is_word(text.substr(0, equals)) && is_word(text.substr(equals + 1));
}

void read_at(const Reading& reading, Target target) {
  std::optional<std::string> at = reading.as<std::string>();
  if (!at) return;
  if (!is_place(*at)) {
    return reading.error(
        "E0701",
        fmt::format("`{}` is neither the name of a node nor a label",
                    reading.value().hidden() == Literal::Origin::kWritten ? *at : reading.value().shown()),
        "as in `at = \"node-1\"` or `at = \"disk=ssd\"`");
  }
  target.element->at = std::move(*at);
  target.element->at_span = reading.value().span;
}

void read_shards(const Reading& reading, Target target) {
  const std::optional<Range> range = reading.as<Range>();
  if (!range) return;
  if (range->low < 1) {
    return reading.error("E0406", fmt::format("`shards` must be at least 1, not `{}`", reading.value().shown()));
  }
  constexpr int64_t kMost = 256;
  if (range->high > kMost) {
    return reading.error("E0406", fmt::format("`shards` is {} at most, not `{}`", kMost, reading.value().shown()));
  }
  target.element->shards_low = range->low;
  target.element->shards_high = range->high;
  target.element->sharded = range->high > 1;
  target.element->shards_span = reading.value().span;
}

void read_by(const Reading& reading, Target target) {
  std::optional<FieldList> fields = reading.as<FieldList>();
  if (!fields) return;
  target.element->by = std::move(*fields);
  target.element->by_span = reading.value().span;
}

void read_sharder(const Reading& reading, Target target) {
  if (reading.value().form != Form::kName) return reading.ill_typed("the name of a sharder, such as `hash`");
  target.element->sharder = reading.value().text;
  target.element->sharder_span = reading.value().span;
}

void read_values(const Reading& reading, Target target) {
  const auto ill_typed = [&] { reading.ill_typed("a list with the values of each replica"); };
  if (reading.value().form != Form::kList || reading.value().items.empty()) return ill_typed();
  std::vector<std::vector<Datum>> values;
  for (const Literal& of_replica : reading.value().items) {
    std::vector<Datum>& mine = values.emplace_back();
    const bool several = of_replica.form == Form::kList;
    const std::vector<Literal> one = several ? std::vector<Literal>{} : std::vector<Literal>{of_replica};
    for (const Literal& value : several ? of_replica.items : one) {
      const bool plain = value.form == Form::kString || value.form == Form::kInt || value.form == Form::kBool ||
                         value.form == Form::kFloat;
      const Result<Datum> datum = to_datum(value);
      if (!plain || !datum.is_ok()) return ill_typed();
      mine.push_back(*datum);
    }
  }
  target.element->values = std::move(values);
  target.element->values_span = reading.value().span;
}

void read_isolate(const Reading& reading, Target target) {
  target.element->isolate = reading.as<bool>().value_or(false);
}

void read_restart(const Reading& reading, Target target) {
  if (const auto value = reading.as<ElementSettings::Restart>()) target.element->restart = *value;
}

void read_orphan(const Reading& reading, Target target) {
  if (const auto value = reading.as<ElementSettings::Orphan>()) target.element->orphan = *value;
}

void read_on_error(const Reading& reading, Target target) {
  ErrorPolicy& policy = target.element->on_error;
  const Form form = reading.value().form;
  if (form == Form::kName || form == Form::kString) {
    const std::optional<ErrorWord> word = reading.as<ErrorWord>();
    if (word) policy.kind = *word == ErrorWord::kFail ? ErrorPolicy::Kind::kFail : ErrorPolicy::Kind::kCount;
  } else if (form == Form::kShare) {
    const std::optional<Share> share = reading.as<Share>();
    if (share) policy = {ErrorPolicy::Kind::kShare, share->fraction};
  } else {
    reading.ill_typed("`count`, `fail` or a share such as `1%`");
  }
}

void read_order(const Reading& reading, Target target) {
  if (const auto value = reading.as<Order>()) target.element->keep_order = *value == Order::kKeep;
  target.element->order_span = reading.value().span;
}

void read_memory(const Reading& reading, Target target) {
  const std::optional<Size> size = reading.as<Size>();
  if (!size) return;
  if (size->bytes < 1) {
    return reading.error("E0406", fmt::format("`memory` must be at least 1, not `{}`", reading.value().shown()));
  }
  target.element->memory = size->bytes;
}

void read_was(const Reading& reading, Target target) {
  std::optional<std::string> was = reading.as<std::string>();
  if (!was) return;
  if (was->empty()) return reading.error("E0406", "`was` needs the former name of the element, not an empty string");
  target.element->was = std::move(*was);
}

// ---- the table ----

struct Reader {
  SettingInfo info;
  void (*read)(const Reading&, Target);
};

constexpr bool kElement = true, kConnection = true;

constexpr std::array<Reader, 16> kReaders{{
    {{"queue", "64 | 16MiB | [64, 16MiB]", "the bound of the queue, in logs or bytes or both (64 logs and 16MiB)",
      kElement, kConnection},
     read_queue},
    {{"full", "block|drop_new|drop_old|spill", "what happens when the queue is full (block: the writer waits)",
      kElement, kConnection},
     read_full},
    {{"spill", "10GiB", "how much of the queue may go to disk (not available yet)", kElement, kConnection}, read_spill},
    {{"deadline", "5s", "how long an answer to a question may take before it is an error (30s)", false, kConnection},
     read_deadline},
    {{"at", "\"node\" | \"label=value\"", "where the element runs in a cluster", kElement, false}, read_at},
    {{"shards", "4 | 1..8", "how many replicas share the work", kElement, false}, read_shards},
    {{"by", "[field]", "the fields by which records are given to replicas", kElement, false}, read_by},
    {{"sharder", "round_robin|hash|value|work_queue", "how the work is spread over replicas (what suits the class)",
      kElement, false},
     read_sharder},
    {{"values", "[\"a\", [\"b\", \"c\"]]", "the values of the field `by` that each replica gets (sharder = value)",
      kElement, false},
     read_values},
    {{"isolate", "true|false", "a task of its own, and a worker of its own where there are several", kElement, false},
     read_isolate},
    {{"restart", "never|always|on_failure", "what a caretaker does once the element has ended", kElement, false},
     read_restart},
    {{"orphan", "wait|stop", "what becomes of the element when its node is cut off", kElement, false}, read_orphan},
    {{"on_error", "count|fail|1%",
      "what refused records do: be counted, end the topology, or end it from a share on (of all replicas of a shard)",
      kElement, false},
     read_on_error},
    {{"order", "keep|any", "whether the logs of a shard leave in the order in which they came", kElement, false},
     read_order},
    {{"memory", "1GiB", "how much state the element may keep, a shard in all of its replicas together", kElement,
      false},
     read_memory},
    {{"was", "\"old/name\"", "the name from which the element takes over its state", kElement, false}, read_was},
}};

const Reader* find_reader(std::string_view name) {
  for (const Reader& reader : kReaders) {
    if (name == reader.info.name) return &reader;
  }
  return nullptr;
}

void report_unknown(const Setting& setting, bool element, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const Reader& reader : kReaders) {
    if (element ? reader.info.on_element : reader.info.on_connection) known.emplace_back(reader.info.name);
  }
  const std::optional<std::string> near = nearest(setting.name, known);
  diagnostics.add({Severity::kError,
                   "E0405",
                   setting.name_span,
                   fmt::format("unknown setting `{}`{}", setting.name, near ? "; did you mean `" + *near + "`?" : ""),
                   {},
                   near ? "" : fmt::format("the settings are {}", fmt::join(known, " "))});
}

void read_all(const std::vector<Setting>& settings, Target target, Diagnostics& diagnostics) {
  for (const Setting& setting : settings) {
    const Reader* const reader = find_reader(setting.name);
    if (reader == nullptr) {
      report_unknown(setting, target.element != nullptr, diagnostics);
      continue;
    }
    const Reading reading(setting, diagnostics);
    if (target.element == nullptr && !reader->info.on_connection) {
      reading.misplaced(fmt::format("`{}` is a setting of elements, not of connections", setting.name),
                        "write it behind the element");
    } else if (target.element != nullptr && !reader->info.on_element) {
      reading.misplaced(fmt::format("`{}` is a setting of connections, not of elements", setting.name),
                        "write it behind the arrow");
    } else {
      reader->read(reading, target);
    }
  }
}

}  // namespace

const std::vector<SettingInfo>& setting_infos() {
  static const std::vector<SettingInfo> infos = [] {
    std::vector<SettingInfo> out;
    for (const Reader& reader : kReaders) out.push_back(reader.info);
    return out;
  }();
  return infos;
}

ElementSettings parse_element_settings(const GraphElement& element, Diagnostics& diagnostics) {
  ElementSettings out;
  if (element.settings.empty()) return out;
  QueueBound queue;
  read_all(element.settings, {&out, &queue}, diagnostics);
  if (queue.asked) out.queue = queue;
  return out;
}

QueueBound parse_queue_settings(const std::vector<Setting>& settings, PortKind kind,
                                const std::optional<QueueBound>& element_queue, Diagnostics& diagnostics) {
  QueueBound out = element_queue.value_or(QueueBound{});
  if (!settings.empty()) read_all(settings, {nullptr, &out, kind}, diagnostics);
  return out;
}

}  // namespace blox
