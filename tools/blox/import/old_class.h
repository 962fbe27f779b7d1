// The block classes of 2012 and what stands for each today: a table, and nothing but a table.
//
// A class becomes one element or a few. `line` is a row of elements through which the records pass, each only where its
// condition holds; `beside` are others, wired by hand. In the text of a call `{arg}` stands for an argument of 2012 in
// its new form, `{id}` for the name of the element; an argument that refers to something that was not given is left
// out, as is a beginning that refers to nothing.
//
// Threads  constants
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/port.h"

namespace blox::tools {

/// How the value of an argument is written today.
enum class OldForm : uint8_t {
  kInt,       ///< a whole number
  kText,      ///< "text"
  kWord,      ///< text, within a text: a name, a part of a path
  kPath,      ///< "text", where `~` is the home folder
  kBool,      ///< true
  kSeconds,   ///< 3s; zero is not given
  kBytes,     ///< 4096B
  kShare,     ///< a number of per cent: 10%
  kField,     ///< a field's name
  kFields,    ///< a, b: names of fields
  kTexts,     ///< ["a", "b"]
  kSqlText,   ///< 'a': within an expression
  kSqlCases,  ///< of a list: WHEN 0 THEN 'a' WHEN 1 THEN 'b'
  kCount,     ///< of a list: how many
  kMapKey,    ///< of a map function: the field by which it groups
  kTotals,    ///< of a map function: count = "count(*)", size = "sum(size)"
  kDecoded,   ///< of a list of fields: a = "decode(…)", b = …
  kNothing,   ///< has no counterpart: `note` says why, or what does it today
  kReserved,  ///< read by the importer itself
};

/// Whether the value decides which elements there are, or stands within a text: no parameter can.
bool shapes(OldForm form);

struct OldArg {
  std::string_view name;  ///< with `_`, as arguments were written
  OldForm form = OldForm::kNothing;
  std::string_view fallback = "";  ///< in its new form
  bool required = false;
  std::string_view note = "";  ///< kNothing: empty where there is nothing to say
  std::string_view as = "";    ///< its name in calls, where an argument is needed in two forms

  std::string_view called() const { return as.empty() ? name : as; }
};

struct OldPort {
  std::string_view name;  ///< `input#`: with a number behind
  Direction direction = Direction::kIn;
  PortKind kind = PortKind::kPush;
  std::string_view part = "";   ///< the suffix of a part; kHead, kTail
  std::string_view port = "";   ///< its port; empty: the main one; `*`: the one of the same name
  std::string_view relay = "";  ///< instead of a part: whatever this out port is connected to
  std::string_view settings = "";  ///< of each connection there
  std::string_view note = "";      ///< it has no counterpart, and this is why
  bool needless = false;           ///< and needs none: its connections are left out
  std::string_view question = "";  ///< what an outside program asks there: a record type
};
inline constexpr std::string_view kHead = "<";  ///< the first of the line
inline constexpr std::string_view kTail = ">";  ///< the last one

struct NewPart {
  std::string_view suffix;     ///< behind the id; empty for the element that has the id itself
  std::string_view call;       ///< Class(argument = {value})
  std::string_view when = "";  ///< an argument that is given and not 0; `:port` that is connected; `@class` of another
                               ///< block of its group; with `!` before it, the opposite
  std::string_view settings = "";
  std::string_view in = "";   ///< where the line enters; empty: the main port
  std::string_view out = "";  ///< where it leaves
};

struct NewWire {
  std::string_view from, from_port, to, to_port;  ///< suffixes, kHead or kTail
  bool query = false;
  std::string_view settings = "";
};

/// How the work is shared by the instances of a shard.
enum class OldSharing : uint8_t { kNone, kRoundRobin, kHash, kValue, kQueue };

struct OldClass {
  std::string_view name;  ///< in small letters, with `-`
  std::vector<OldArg> args;
  std::vector<OldPort> ports;
  std::vector<NewPart> line;
  std::vector<NewPart> beside;
  std::vector<NewWire> wires;
  std::string_view remark = "";  ///< what is different today, for the comment above it
  OldSharing sharing = OldSharing::kNone;
  bool own_files = false;        ///< of a shard, each instance is an element of its own
  std::string_view alone = "";   ///< it needs no replicas, and this is why
  std::string_view shares = "";  ///< of a shard: the class of its instances where it is always the same

  const OldArg* find_arg(std::string_view arg) const;
  /// `input3` is found as `input#`.
  const OldPort* find_port(std::string_view port) const;
};

const std::vector<OldClass>& old_classes();
/// In any case, with `-` and `_` alike; null where there is none.
const OldClass* find_old_class(std::string_view name);

// The parts of the table.
std::vector<OldClass> source_classes();
std::vector<OldClass> transform_classes();
std::vector<OldClass> sink_classes();
std::vector<OldClass> query_classes();
std::vector<OldClass> store_classes();
std::vector<OldClass> shard_classes();

}  // namespace blox::tools
