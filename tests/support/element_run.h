// Runs an element, or a few, from what is fed to what comes out, checked and planned like any topology.
//
//   ElementRun run;
//   run.feed("texts", log).element("words", "Tokenize", {{"keep", list({name("path")})}});
//   run.connect("texts -> words").collect("words [out]");
//   REQUIRE_OK(run.run());
//   CHECK(run.text("words [out]") == "{word: \"a\"}\n");
//
// In one thread and virtual time, unless `threads` is set. Names of elements and connections are those of GraphMaker.
//
// Owns     what was fed and collected
// Threads  one user
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/log.h"
#include "core/element/registry.h"
#include "core/run/run.h"
#include "tests/support/graph_maker.h"

namespace blox::testing {

class ElementRun {
 public:
  ElementRun();
  ~ElementRun();
  ElementRun(const ElementRun&) = delete;
  ElementRun& operator=(const ElementRun&) = delete;

  /// A source of these logs, which must have one schema.
  ElementRun& feed(std::string_view path, std::vector<Log> logs);
  ElementRun& feed(std::string_view path, const Log& log) { return feed(path, std::vector<Log>{log}); }
  ElementRun& element(std::string_view path, std::string_view class_name, std::vector<NamedLiteral> args = {},
                      std::vector<NamedLiteral> settings = {});
  ElementRun& connect(std::string_view text);
  /// Asks this question of a query port, "store [get]", once all input has ended.
  ElementRun& ask(std::string_view end, const Log& question);
  /// Collects what a port gives: "reader [out]".
  ElementRun& collect(std::string_view end);

  /// The run, or the errors of the check as a status of code "check".
  RunResult run();
  RunOptions options;
  uint64_t seed = 1;                              ///< which of the ready tasks runs next
  bool threads = false;                           ///< in threads instead, in real time
  std::vector<const ElementClass*> more_classes;  ///< that exist beside the built-in ones

  /// What was collected at a port, or answered there, as one log; no rows where there was none.
  Log log(std::string_view end) const;
  /// The same as lines: {word: "a", n: 1}
  std::string text(std::string_view end) const;
  /// Some fields of it: a line a record, fields between blanks.
  std::string text(std::string_view end, const std::vector<std::string>& fields) const;
  size_t logs(std::string_view end) const;
  /// Messages of all elements, a line each.
  const std::string& messages() const { return messages_; }

 private:
  struct Boxes;
  std::string end_name(std::string_view end) const;

  GraphMaker maker_;
  std::unique_ptr<Boxes> boxes_;
  std::string messages_;
};

/// A record type from text, and a log of it. The test fails where either is wrong.
Schema schema_of(std::string_view type);
Log log_of(std::string_view type, const std::vector<std::vector<Datum>>& rows);

/// A string literal, as the topology would give it.
Literal text(std::string value);
/// A record type, as the topology would give it: "{a: int, b: string?}".
Literal type(std::string_view record);

#define REQUIRE_OK(result)                                                         \
  do {                                                                             \
    const auto blox_result_ = (result);                                            \
    REQUIRE_MESSAGE(blox_result_.status.is_ok(), blox_result_.status.to_string()); \
  } while (false)

}  // namespace blox::testing
