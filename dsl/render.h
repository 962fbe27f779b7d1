// Diagnostics for people and for programs.
//
// Text, one after the other, sorted by place:
//
//   file_index.blox:15:10: error[E0501]: `Tokenize` needs the field `content: string`, which does not arrive
//      15 | files -> Tokenize(field = content) -> counts -> store;
//         |          ^~~~~~~~
//         = arrives: {path: string} from `files`
//         = fix: put `FileReader` before it: it adds `content`
//   common.blox:3:1: note: first declared here          (notes with a place of their own come last)
//
// JSON, one document: {"diagnostics": [{"file", "line", "column", "length", "severity": "error"|"warning", "code",
// "message", "notes": [{"text", and where known "file", "line", "column", "length"}], "fix"}], "errors": n,
// "warnings": n}. Lines and columns count from 1, columns and lengths in code points; "file", "line", "column" and
// "length" are null where no place is known, "fix" where no fix is.
//
// Bounds   a source line is shown in a window of 160 columns around its caret
// Errors   none: control characters and bytes that are no UTF-8 come out as U+FFFD, so that no text can steer a
// terminal Cost     linear in the file for each diagnostic
#pragma once

#include <string>

#include "core/base/diagnostic.h"

namespace blox::dsl {

struct RenderOptions {
  bool colours = false;  ///< ANSI escapes: for a terminal
};

std::string render_text(const Diagnostics& diagnostics, const Sources& sources, const RenderOptions& options = {});
std::string render_json(const Diagnostics& diagnostics, const Sources& sources);

}  // namespace blox::dsl
