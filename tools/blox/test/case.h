// A .bloxtest file, parsed: cases, each with steps. README.md is the language.
//
//   # Comments begin with #. A case begins with its title, which is a sentence.
//   case counts each word once
//   topology
//     in -> Count(by = [word]) -> out;
//   feed in {word: string}
//     {"word": "a"}
//     {"word": "a"}
//   end
//   expect out set
//     {"word": "a", "count": 2}
//
// A statement begins in the first column, its block is indented by two spaces.
//
// Owns     the text, for --accept
// Errors   all that is wrong is in `faults`, each with its line; a case with one is not run
// Bounds   linear in the text
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace blox::tools {

/// What a step does; the words behind it are in TestStep.
enum class Act : uint8_t {
  kTopology,
  kFile,
  kStdin,
  kLink,  // the case's surroundings
  kFeed,
  kAsk,
  kAnswer,
  kAdvance,
  kEnd,
  kStop,
  kSet,  // the topology's life
  kWrite,
  kAppend,
  kMove,
  kRemove,  // files, while it runs
  kFail,
  kBreak,
  kDisk,
  kStall,
  kRelease,
  kKill,
  kRestore,
  kRestart,  // what goes wrong
  kChange,   // the topology, while it runs
  kExpect,
};

/// What an `expect` looks at.
enum class Subject : uint8_t {
  kPort,
  kPrinted,
  kMessages,
  kFile,
  kAbsent,
  kRefused,
  kFailed,
  kChanges,
  kExit,
  kDiagnostics,
  kError,
  kWarning,
  kValue,
};

struct TestStep {
  Act act = Act::kTopology;
  Subject subject = Subject::kPort;  ///< of an `expect`
  std::vector<std::string> words;    ///< behind the act (and the word for the subject), split at spaces
  std::string rest;                  ///< the same, not split
  std::vector<std::string> block;    ///< lines without their indentation
  std::vector<size_t> block_lines;   ///< the line of each, from 1
  size_t line = 0;                   ///< from 1

  /// The word at a place, or nothing.
  std::string word(size_t at) const { return at < words.size() ? words[at] : ""; }
  /// Whether one of the words behind the first is this.
  bool has(std::string_view word) const;
  /// What stands behind the first word, not split.
  std::string tail() const;
  /// The line of the last line of its block, or its own.
  size_t last_line() const { return block_lines.empty() ? line : block_lines.back(); }
};

struct TestCase {
  std::string title;
  size_t line = 0;
  std::vector<TestStep> steps;
  bool faulty = false;
};

struct TestFault {
  size_t line = 0;
  std::string text;  ///< with the fix, where there is one
};

struct TestFile {
  std::string path;
  std::vector<std::string> lines;
  std::vector<TestCase> cases;
  std::vector<TestFault> faults;
};

TestFile parse_test_file(std::string path, std::string_view text);

/// "`fail ELEMENT [after N records] [TEXT]`": one line a statement, for --help.
std::string statements_text();

/// The file as text.
std::string text_of(const TestFile& file);

}  // namespace blox::tools
