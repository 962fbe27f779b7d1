#include "core/expr/function.h"

#include <algorithm>

#include "core/expr/registry.h"

namespace blox::expr {
namespace {

std::string signature_text(const Function& row) {
  std::string out;
  std::vector<std::string> words;
  std::string_view params = row.params;
  if (params.starts_with('=')) {
    out = params.substr(1);
  } else {
    while (!params.empty()) {
      const size_t space = std::min(params.find(' '), params.size());
      std::string_view word = params.substr(0, space);
      const bool repeated = word.ends_with("...");
      if (repeated) word.remove_suffix(3);
      words.push_back(word == "*" || word == "text" ? "any type" : std::string(word));
      if (repeated) words.emplace_back("…");
      params.remove_prefix(std::min(space + 1, params.size()));
    }
    const char first = row.name[0];
    if (row.name == "::") {
      out = words[0] + "::" + std::string(row.result.substr(0, row.result.find('?')));
    } else if (row.name.starts_with("IS ") && words.size() == 1) {
      out = words[0] + " " + std::string(row.name);
    } else if (row.name == "IN") {
      out = "T IN (T, …)";
    } else if (row.name == "= ANY") {
      out = "T = ANY(list of T)";
    } else if (row.name == "+ MONTHS") {
      out = "time ± INTERVAL 'n months'";
    } else if (row.name == "[]") {
      out = "list[int]";
    } else if (row.name.starts_with("BETWEEN")) {
      out = "T " + std::string(row.name) + " T AND T";
    } else if (first >= 'a' && first <= 'z') {
      for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
      out = std::string(row.name) + "(" + out + ")";
    } else {
      out = words.size() == 1 ? std::string(row.name) + " " + words[0]
                              : words[0] + " " + std::string(row.name) + " " + words[1];
    }
  }
  return out + " → " + std::string(row.result);
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::vector<FunctionDoc> describe_functions() {
  std::vector<FunctionDoc> out;
  for (const FunctionGroup& group : function_groups()) {
    for (const Function& row : group.rows) {
      out.push_back({std::string(group.title), std::string(row.name), signature_text(row), std::string(row.text),
                     std::string(row.example), std::string(row.value)});
    }
  }
  return out;
}

std::string functions_page() {
  std::string out =
      "# Functions and operators of expressions\n\n"
      "Generated from the tables in `core/expr/functions` (a test compares): do not edit by hand.\n"
      "`T` is any type, the same for all `T` of a row; `?` marks functions that may answer null by themselves.\n"
      "Everything else is null where an argument is null, unless its text says otherwise.\n\n"
      "Where it is not PostgreSQL: numbers with a point are floats and not `numeric`, so a half goes to the even\n"
      "number (`round(2.5)` and `2.5::int` are 2, and 3 there); `int` has 64 bits; bools are `true` and `false` in\n"
      "`concat` too (`t` and `f` there). The rest stands in the README of `core/expr`.\n";
  std::string group;
  for (const FunctionDoc& doc : describe_functions()) {
    if (doc.group != group) {
      group = doc.group;
      out += "\n## " + group + "\n\n| function | what it gives | example | result |\n|---|---|---|---|\n";
    }
    out += "| `" + cell(doc.signature) + "` | " + cell(doc.text) + " | `" + cell(doc.example) + "` | `" +
           cell(doc.result) + "` |\n";
  }
  return out;
}

}  // namespace blox::expr
