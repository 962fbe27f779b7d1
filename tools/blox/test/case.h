// A .bloxtest file, parsed: cases, each with steps.
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
// A statement begins in the first column, its block is indented by two spaces. Statements, in the order in which they
// are carried out (`file` and `stdin` before all others):
//
//   topology                     text in the language; the names that `feed` and `expect` use need no declaration
//   file NAME [hex]              a file in the folder of the case, with this content (each line ended by a line feed),
//   or
//                                with these bytes; a NAME that ends in a slash is a folder
//   stdin [hex]                  what stands in standard input
//   feed NAME [TYPE]             records as JSON lines (with "op" where TYPE says changelog); TYPE at the first one:
//                                {word: string} [key(word)] [changelog|upsert] [time(field)]
//   advance DURATION             moves the clock
//   end [NAME]                   ends one feed; without a name all of them, and runs to the end
//   stop                         stops the sources, as Ctrl-C does
//   kill ELEMENT                 the element fails
//   restart                      the topology ends and is started anew, in the same folder
//   expect NAME [set]            what has come out there since the last time: in this order, or in any
//   expect printed               what was printed to standard output since the last time
//   expect messages              notes and warnings so far, one a line: "element: text"
//   expect refused ELEMENT CODE [COUNT]   records went to `errors` (all refusals must be expected)
//   expect failed TEXT           the topology has ended with an error that contains this
//   expect diagnostics           the topology is refused with these diagnostics, as `blox check` prints them
//   expect file NAME [hex]       what stands in a file of the folder
//   expect absent NAME           there is no such file
//
// Owns     the text, for --accept
// Errors   a statement that is none of these: line and text
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox::tools {

struct TestStep {
  std::string verb;                ///< "feed", "expect", …
  std::vector<std::string> words;  ///< behind the verb, split at spaces
  std::string rest;                ///< the same, not split
  std::vector<std::string> block;  ///< lines without their indentation
  size_t line = 0;                 ///< from 1
};

struct TestCase {
  std::string title;
  size_t line = 0;
  std::vector<TestStep> steps;
};

struct TestFile {
  std::string path;
  std::vector<std::string> lines;
  std::vector<TestCase> cases;
};

Result<TestFile> parse_test_file(std::string path, std::string_view text);

/// The file with the block of one step replaced: for --accept, from the last step to the first.
void replace_block(TestFile& file, const TestStep& step, const std::vector<std::string>& block);

}  // namespace blox::tools
