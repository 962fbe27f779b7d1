// Every *.json under tests/golden/import is imported, and what comes out, with what is said about it, compared with the
// file beside it. BLOX_ACCEPT=1 rewrites those files.
#include <doctest/doctest.h>

#include <filesystem>

#include "dsl/render.h"
#include "tests/support/golden.h"
#include "tools/blox/import/old_class.h"
#include "tools/blox/import/translate.h"
#include "tools/blox/load.h"

namespace blox::tools {
namespace {

namespace fs = std::filesystem;
using testing::check_golden, testing::golden_inputs, testing::slurp;

const fs::path kFolder = "tests/golden/import";

// The topology, or why there is none; and what the checker says of it.
std::string report(const fs::path& path) {
  Sources sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.add(path.filename().string(), slurp(path));
  const std::string made = import_text(sources.at(file).text, file, path.filename().string(), diagnostics);
  CHECK(made.empty() == diagnostics.has_errors());
  std::string out = made;
  if (!diagnostics.all().empty()) {
    out += (made.empty() ? "" : "\n---- says\n") + dsl::render_text(diagnostics, sources);
  }
  if (made.empty()) return out;
  LoadRequest request;
  request.text = made;
  const Loaded loaded = load(request);
  if (!loaded.diagnostics.all().empty()) {
    out += "\n---- the check says\n" + dsl::render_text(loaded.diagnostics, loaded.sources);
  }
  return out;
}

std::string import(const std::string& json) {
  Diagnostics diagnostics;
  Sources sources;
  const uint32_t file = sources.add("x.json", json);
  const std::string out = import_text(json, file, "x.json", diagnostics);
  return diagnostics.has_errors() ? dsl::render_text(diagnostics, sources) : out;
}

TEST_CASE("what becomes of a topology of 2012 is as recorded") {
  const std::vector<fs::path> inputs = golden_inputs(kFolder, {".json"});
  REQUIRE(inputs.size() > 20);
  for (const fs::path& input : inputs) {
    CAPTURE(input.string());
    const std::string found = report(input);
    check_golden(input, found);
    const std::string code = input.filename().string().substr(1, 4);
    if (code[0] == '0') CHECK(found.find(code + "]") != std::string::npos);
  }
}

TEST_CASE("names are the same in any case, with dashes and underscores alike") {
  CHECK(find_old_class("FILE_crawler") == find_old_class("file-Crawler"));
  CHECK(find_old_class("file-crawler") != nullptr);
  CHECK(find_old_class("file crawler") == nullptr);
  const OldClass* join = find_old_class("join");
  REQUIRE(join != nullptr);
  CHECK(join->find_port("INPUT12") != nullptr);
  CHECK(join->find_port("input") == nullptr);
  CHECK(join->find_port("input1x") == nullptr);
}

// A value that every form of an argument takes.
std::string sample(const OldArg& arg) {
  switch (arg.form) {
    case OldForm::kInt:
    case OldForm::kSeconds:
    case OldForm::kBytes:
    case OldForm::kShare: return "3";
    case OldForm::kBool: return "true";
    case OldForm::kFields:
    case OldForm::kTexts:
    case OldForm::kSqlCases:
    case OldForm::kCount:
    case OldForm::kDecoded: return "[\"some\"]";
    case OldForm::kMapKey:
    case OldForm::kTotals: return "\"function () {emit(this.path, {n: 1, bytes: this.size});}\"";
    case OldForm::kReserved:
      if (arg.name == "nodes") return "2";
      if (arg.name == "node_type") {
        return "{\"name\": \"null\", \"input_port\": \"input\", \"port_type\": \"PUSH\","
               " \"args\": [{\"shard_field_value\": 1}, {\"shard_field_value\": 2}]}";
      }
      return "\"some\"";
    default: return "\"some\"";
  }
}

// What only the whole can say: who is connected, and to what.
bool is_of_the_whole(const std::string& code) {
  return code == "E0304" || code == "E0306" || code == "E0407" || code == "E0431" || code.starts_with("E05") || code.starts_with("W");
}

TEST_CASE("each of the 48 classes becomes elements that there are, with all of its arguments and with the least") {
  CHECK(old_classes().size() == 49);  // and RPC
  for (const OldClass& old : old_classes()) {
    for (const bool all : {false, true}) {
      CAPTURE(old.name);
      CAPTURE(all);
      std::string args;
      for (const OldArg& arg : old.args) {
        if (!arg.as.empty() || !(all || arg.required || arg.form == OldForm::kReserved)) continue;
        if (arg.name == "node_type" && !old.shares.empty()) continue;
        args += (args.empty() ? "\"" : ", \"") + std::string(arg.name) + "\": " + sample(arg);
      }
      const std::string made = import("{\"blocks\": [{\"id\": \"a\", \"name\": \"" + std::string(old.name) +
                                      "\", \"args\": {" + args + "}}]}");
      CAPTURE(made);
      CHECK(made.find("error[") == std::string::npos);
      LoadRequest request;
      request.text = made;
      const Loaded loaded = load(request);
      std::string wrong;
      for (const Diagnostic& found : loaded.diagnostics.all()) {
        if (!is_of_the_whole(found.code)) wrong += found.code + " " + found.message + "\n";
      }
      CHECK(wrong == "");
    }
  }
}

TEST_CASE("a value nested too deep is refused at its place") {
  const std::string deep = import(std::string(70, '[') + std::string(70, ']'));
  CHECK(deep.find("x.json:1:66: error[E0141]: this is nested more than 64 levels deep") == 0);
}

TEST_CASE("a file that is too large or no text is refused") {
  CHECK(import(std::string(kMaxJson + 1, ' ')).find("error[E0105]") != std::string::npos);
  CHECK(import("{\"blocks\": [\"\xff\"]}").find("x.json:1:14: error[E0104]") == 0);
  CHECK(import("").find("error[E0141]: no JSON: a value was expected, not the end") != std::string::npos);
}

TEST_CASE("shards of shards and rows of relays do not multiply without end") {
  std::string blocks, connections;
  for (int i = 0; i < 40; ++i) {
    blocks += "{\"id\": \"r" + std::to_string(i) + "\", \"name\": \"dynamic-join\"},";
    for (int twice = 0; twice < 2 && i > 0; ++twice) {
      connections += "[{\"r" + std::to_string(i - 1) + "\": \"output\"}, {\"r" + std::to_string(i) + "\": \"input\"}],";
    }
  }
  const std::string made = import("{\"blocks\": [" + blocks +
                                  "{\"id\": \"a\", \"name\": \"counter\"}, {\"id\": \"z\", \"name\": \"null\"}], "
                                  "\"connections\": [" + connections +
                                  "[{\"a\": \"output\"}, {\"r0\": \"input\"}], [{\"r39\": \"output\"}, {\"z\": \"input\"}]]}");
  CHECK(made.find("a -> z;") != std::string::npos);
}

TEST_CASE("groups may be nested a hundred deep, and two of each inside the next do not multiply") {
  const auto nested = [](int depth) {
    std::string groups;
    for (int i = 0; i < depth; ++i) {
      const std::string inner = i == 0 ? "counter" : "g" + std::to_string(i - 1);
      groups += "{\"group-name\": \"g" + std::to_string(i) + "\", \"blocks\": [" + "{\"id\": \"a\", \"name\": \"" +
                inner + "\", \"args\": \"group-args\"}, {\"id\": \"b\", \"name\": \"" + inner +
                "\", \"args\": \"group-args\"}]},";
    }
    return import("[" + groups + "{\"group-name\": \"main\", \"blocks\": [{\"id\": \"x\", \"name\": \"g" +
                  std::to_string(depth - 1) + "\", \"args\": {\"sleep\": 1}}]}]");
  };
  CHECK(nested(50).find("x :: G49;") != std::string::npos);
  CHECK(nested(200).find("error[E0148]: groups are nested more than 100 deep here") != std::string::npos);
}

}  // namespace
}  // namespace blox::tools
