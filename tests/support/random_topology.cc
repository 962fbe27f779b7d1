#include "tests/support/random_topology.h"

#include <iterator>

#include "dsl/code_point.h"
#include "dsl/parser.h"
#include "dsl/quantity.h"

namespace blox::testing {

using dsl::Value;

std::string RandomTopology::word() {
  static constexpr const char* kWords[] = {"word", "count", "a",       "größe", "from_2", "_x",
                                           "path", "type",  "default", "set",   "input"};
  return kWords[below(std::size(kWords))];
}

std::string RandomTopology::strange_text() {
  static constexpr const char* kPieces[] = {
      "a",      "\"", "\\", "\n", "$",  "{", "}", "`",    "'",    " ",   "\t", "\r", "é",    "→", "//",  "/*",
      "\"\"\"", "$5", ": ", " #", "- ", "|", "%", "\x01", "\x7f", "x y", "0",  ".",  "true", "~", "\\$", "😀"};
  std::string out;
  for (uint32_t i = below(8); i > 0; --i) out += kPieces[below(std::size(kPieces))];
  return out;
}

dsl::Name RandomTopology::name() {
  if (chance(85)) return {word(), {}};
  static constexpr const char* kStrange[] = {"@timestamp", "a.b", "Capital", "two words", "1st",
                                             "true",       "x-y", "a: b",    "#"};
  return {kStrange[below(std::size(kStrange))], {}};
}

dsl::Name RandomTopology::fresh(bool capital) {
  std::string text = (capital ? "Class" : chance(80) ? "element" : "an element ") + std::to_string(names_++);
  return {std::move(text), {}};
}

Value RandomTopology::number() {
  static constexpr const char* kNumbers[] = {"0",    "-7",    "12345", "1.5",   "-0.25", "1e9",  "10s",
                                             "5min", "250ms", "1.5h",  "64KiB", "16MiB", "1GB",  "0.5%",
                                             "100%", "1d",    "3B",    "-1s",   "1..8",  "-2..2"};
  const std::string text = kNumbers[below(std::size(kNumbers))];
  Diagnostics none;
  Value out = dsl::parse_value({text, 0, 0, false, 0, 0}, none);
  out.anchors.clear();
  return out;
}

Value RandomTopology::text() {
  Value out;
  out.kind = Value::Kind::kText;
  out.quotes = static_cast<Value::Quotes>(below(3));
  const bool raw = out.quotes == Value::Quotes::kRaw;
  for (uint32_t pieces = 1 + below(3); pieces > 0; --pieces) {
    std::string piece = strange_text();
    if (raw) std::erase_if(piece, [](char c) { return c == '\'' || c == '\n' || c == '\r'; });
    // A `$` right before `{` would be half a reference, which only an escape can write.
    if (raw) std::erase(piece, '{');
    if (!out.text.empty() && raw && out.text.back() == '$') piece.insert(0, " ");
    const bool glued =
        !out.references.empty() && out.references.back().begin + out.references.back().length == out.text.size();
    const bool continues = glued && !piece.empty() && dsl::continues_name(dsl::decode(piece, 0).value);
    if (continues) piece.insert(0, "-");
    out.text += piece;
    if (raw && out.text.ends_with('$')) out.text += ' ';
    if (!chance(40)) continue;
    const std::string named = word();
    const std::string spelled = chance(50) ? "$" + named : "${" + named + "}";
    out.references.push_back(
        {static_cast<uint32_t>(out.text.size()), static_cast<uint32_t>(spelled.size()), named, {}});
    out.text += spelled;
  }
  // What looks like a reference in raw text is one.
  if (raw) {
    Diagnostics none;
    dsl::Text found = dsl::read_yaml_text(out.text, true, {}, {}, none);
    out.references = std::move(found.references);
  }
  return out;
}

Value RandomTopology::path() {
  Value out;
  out.kind = Value::Kind::kText;
  out.text = "dir/file " + std::to_string(below(100)) + ".blox";
  return out;
}

Value RandomTopology::type() {
  static constexpr const char* kTypes[] = {"string", "int", "[string]", "field", "[[int]?]", "{a: int, b: [string]?}?"};
  Diagnostics none;
  return dsl::parse_value({kTypes[below(std::size(kTypes))], 0, 0, false, 0, 0}, none);
}

std::vector<dsl::Item> RandomTopology::items(bool keys_needed, bool keys_allowed, int depth) {
  std::vector<dsl::Item> out;
  uint32_t key = 0;
  for (uint32_t i = below(chance(10) ? 12 : 4); i > 0; --i) {
    dsl::Item& item = out.emplace_back();
    if (keys_needed || (keys_allowed && chance(60))) {
      item.key = name();
      item.key->text += std::to_string(key++);
    }
    item.value = value(depth - 1);
  }
  return out;
}

Value RandomTopology::value(int depth) {
  Value out;
  switch (below(depth > 0 ? 10 : 7)) {
    case 0: break;
    case 1:
      out.kind = Value::Kind::kBool;
      out.integer = below(2);
      break;
    case 2: out = number(); break;
    case 3:
    case 4: return text();
    case 5:
      out.kind = Value::Kind::kName;
      out.text = name().text;
      break;
    case 6:
      out.kind = Value::Kind::kParam;
      out.text = word();
      break;
    case 7:
      out.kind = Value::Kind::kList;
      out.items = items(false, false, depth);
      break;
    case 8:
      out.kind = Value::Kind::kBraces;
      out.items = items(true, true, depth);
      for (dsl::Item& item : out.items) {
        if (chance(10)) item.key->text = strange_text() + item.key->text;
      }
      break;
    default:
      out.kind = Value::Kind::kCall;
      out.text = chance(50) ? "env" : "every";
      out.items = items(false, false, depth);
      break;
  }
  out.nullable = chance(8);
  return out;
}

dsl::Settings RandomTopology::settings() {
  dsl::Settings out;
  if (chance(25)) out.items = items(true, true, 2);
  return out;
}

dsl::Call RandomTopology::call() {
  dsl::Call out;
  out.class_name = {"Class" + std::to_string(below(9)), {}};
  out.args = items(false, true, 3);
  return out;
}

dsl::Port RandomTopology::port() {
  dsl::Port out;
  out.name = name();
  if (chance(20)) out.type = type();
  return out;
}

dsl::Chain RandomTopology::chain() {
  dsl::Chain out;
  const uint32_t count = 1 + below(5);
  for (uint32_t i = 0; i < count; ++i) {
    dsl::Node& node = out.nodes.emplace_back();
    if (chance(20)) node.in = port();
    const bool declares = chance(30);
    if (declares || chance(40)) node.name = declares ? fresh(false) : name();
    if (declares || !node.name) {
      node.call = call();
      node.settings = settings();
    }
    if (chance(20)) node.out = port();
    if (i + 1 < count) {
      out.links.push_back({chance(30), {}, settings()});
      if (chance(10) && i > 0) node.comments.after.push_back({"// note", {}, false});
    }
    if (i > 0 && chance(5)) node.comments.before.push_back({"/* above */", {}, false});
  }
  // By itself `name :: Class` is a declaration.
  dsl::Node& only = out.nodes[0];
  if (count == 1 && only.name && only.call && !only.in && !only.out) only.out = port();
  return out;
}

dsl::Parameter RandomTopology::parameter() {
  dsl::Parameter out;
  out.name = fresh(false);
  if (chance(50)) out.type = type();
  if (chance(70)) out.value = value(2);
  return out;
}

dsl::Statement RandomTopology::statement(int depth) {
  dsl::Statement out;
  switch (below(depth < 2 ? 5 : 10)) {
    case 0:
    case 1: {
      auto& declare = out.what.emplace<dsl::Declare>();
      do {
        declare.names.push_back(fresh(false));
      } while (chance(20));
      declare.call = call();
      declare.settings = settings();
      break;
    }
    case 2:
    case 3: out.what = chain(); break;
    case 4: {
      auto& declared = out.what.emplace<dsl::Class>();
      declared.name = fresh(true);
      for (uint32_t i = below(3); i > 0; --i) declared.formals.push_back(parameter());
      if (depth > 0) declared.body = statements(static_cast<int>(below(4)), depth - 1);
      break;
    }
    case 5: out.what = parameter(); break;
    case 6: out.what = dsl::Assignment{fresh(false), value(3)}; break;
    case 7: out.what = dsl::Include{path()}; break;
    case 8: out.what = dsl::Plugin{path()}; break;
    default: out.what = dsl::Require{{"exactly_once", {}}}; break;
  }
  out.blank_before = chance(20);
  if (chance(10)) out.comments.before.push_back({"// of its own", {}, chance(50)});
  if (chance(10)) out.comments.after.push_back({chance(50) ? "// behind" : "/* behind */", {}, false});
  return out;
}

dsl::Body RandomTopology::statements(int count, int depth) {
  dsl::Body out;
  for (int i = 0; i < count; ++i) out.statements.push_back(statement(depth));
  return out;
}

dsl::Body RandomTopology::body() { return statements(static_cast<int>(1 + below(8)), 2); }

}  // namespace blox::testing
