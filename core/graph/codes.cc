#include "core/graph/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace blox {
namespace {

struct Group {
  std::string_view prefix;
  const char* title;
};

constexpr Group kGroups[] = {
    {"E01", "Syntax"},
    {"E02", "Names"},
    {"E03", "Ports and kinds"},
    {"E04", "Arguments, settings, expressions"},
    {"E05", "Record types"},
    {"E06", "Shape"},
    {"E07", "Places"},
    {"E08", "Promises"},
    {"E09", "The outside world"},
};

// The group of a code, whether it is an error or a warning.
std::string_view digits(std::string_view code) { return code.substr(1, 2); }

}  // namespace

const std::vector<CodeInfo>& code_infos() {
  static const std::vector<CodeInfo> infos = [] {
    std::vector<CodeInfo> out;
    for (const auto part : {syntax_codes(), name_codes(), argument_codes(), type_codes(), graph_codes()}) {
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }();
  return infos;
}

const CodeInfo* find_code(std::string_view code) {
  const auto same = [code](const CodeInfo& info) {
    const std::string_view known = info.code;
    return std::equal(known.begin(), known.end(), code.begin(), code.end(),
                      [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); });
  };
  const auto found = std::find_if(code_infos().begin(), code_infos().end(), same);
  return found == code_infos().end() ? nullptr : &*found;
}

std::string code_text(const CodeInfo& info) {
  std::string out = fmt::format("{}: {}\n\n{}\n\n", info.code, info.title, info.text);
  std::string_view rest = info.example;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    out += fmt::format("    {}\n", rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return out;
}

std::string codes_page() {
  std::string out =
      "# Diagnostics\n\n"
      "Every error and warning that `blox check` can give, by its code. `blox check --explain E0501` prints one of\n"
      "them. Errors begin with E and stop a topology from running, warnings begin with W and do not. This page is\n"
      "generated from the tables in `core/graph`; the tests keep it so.\n";
  for (const Group& group : kGroups) {
    out += fmt::format("\n## {}xx {}\n", group.prefix, group.title);
    for (const CodeInfo& info : code_infos()) {
      if (digits(info.code) != digits(group.prefix)) continue;
      out += fmt::format("\n### {}: {}\n\n{}\n\n```text\n{}\n```\n", info.code, info.title, info.text, info.example);
    }
  }
  return out;
}

}  // namespace blox
