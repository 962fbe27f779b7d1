// blox top: what the elements of a run do.
#include <algorithm>
#include <limits>

#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/control.h"
#include "tools/blox/summary.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kEach = kSecond;

/// The same elements before anything had happened: rates are averages since the start then.
Snapshot beginning(const Snapshot& now) {
  Snapshot zero;
  zero.elements.resize(now.elements.size());
  zero.tasks.resize(now.tasks.size());
  return zero;
}

Result<protocol::TopReply> look(ControlClient& client) {
  BLOX_ASSIGN(protocol::Body answer, client.ask(protocol::TopRequest{}));
  auto* const reply = std::get_if<protocol::TopReply>(&answer);
  if (reply == nullptr) return Status::outside("protocol.kind", "the run answers something else than numbers");
  return std::move(*reply);
}

int live(ControlClient& client) {
  const CtrlC ctrl_c;
  std::optional<Snapshot> before;
  size_t lines = 0;
  while (!CtrlC::pressed()) {
    const Result<protocol::TopReply> now = look(client);
    if (!now) return CtrlC::pressed() ? kDone : report(now.status());
    const TerminalSize size = terminal_size();
    const std::string table =
        now->topology + "   (Ctrl-C ends this, not the run)\n" +
        progress_table(before ? *before : beginning(now->snapshot), now->snapshot, size.columns, size.rows - 1);
    const std::string erase = lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "F\x1b[J";
    if (print_data(erase + table) != 0) return kDone;
    lines = static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
    before = now->snapshot;
    const Result<Heard> pause = client.hear(std::numeric_limits<uint64_t>::max(), kEach);
    if (!pause) return report(pause.status());
  }
  return kDone;
}

}  // namespace

int top(Words words) {
  ControlWords control;
  std::string format = "text";
  Options options(
      "top --control SOCKET [--format json]",
      "What each element of a run does: records, rates, how full the fullest queue before it is, the share\n"
      "of time in its own calls and waiting for room. Live on a terminal, until Ctrl-C; in a pipe once,\n"
      "with averages since the start.",
      "blox top --control /tmp/run");
  control.add_to(options);
  options.value("format", "text|json", "json: all numbers that there are, once (text)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (format != "text" && format != "json") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  if (!control.given()) return kUsage;
  Result<ControlClient> client = ControlClient::connect(control.socket);
  if (!client) return report(client.status());
  if (format == "text" && data_is_terminal()) return live(*client);
  const Result<protocol::TopReply> now = look(*client);
  if (!now) return report(now.status());
  if (format == "json") {
    Datum::Struct all{{"topology", now->topology}};
    const Datum numbers = protocol::to_datum(now->snapshot);
    for (const auto& field : *numbers.get_if<Datum::Struct>()) all.push_back(field);
    print_data(to_json(Datum(std::move(all))) + "\n");
  } else {
    print_data(progress_table(beginning(now->snapshot), now->snapshot, 0, std::numeric_limits<int>::max()));
  }
  return kDone;
}

}  // namespace blox::tools
