// Diagnostics as data: what is wrong with a topology, where, and what to do about it.
//
// Every floor reports through `Diagnostics`; rendering (carets, colours, JSON) is the affair of `dsl`.
//
// Owns     `Sources` owns the text of every file read; spans point into it by file number
// Threads  none of these is thread-safe
// Errors   codes are stable: E01xx syntax, E02xx names, E03xx kinds, E04xx arguments, E05xx record types,
//          E06xx shape, E07xx places, E08xx promises, E09xx the outside world; W instead of E for warnings
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blox {

/// A range of bytes in one source text.
struct Span {
  static constexpr uint32_t kNoFile = UINT32_MAX;

  uint32_t file = kNoFile;  ///< index in Sources
  uint32_t offset = 0;      ///< bytes from the start of the file
  uint32_t length = 0;      ///< bytes; 0 is a point

  bool known() const { return file != kNoFile; }
  uint32_t end() const { return offset + length; }
  /// The smallest span that covers both. Precondition: same file, or one of them unknown.
  static Span cover(Span a, Span b);
  friend bool operator==(const Span&, const Span&) = default;
};

enum class Severity : uint8_t { kError, kWarning };

struct Note {
  std::string text;  ///< "arrives: {path: string} from `files`"
  Span span;         ///< shown with its own line and caret where known
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;  ///< "E0501"
  Span span;
  std::string message;  ///< one line; names in backquotes; no final stop
  std::vector<Note> notes;
  std::string fix;  ///< empty where we know none

  Diagnostic&& note(std::string text, Span where = {}) && {
    notes.push_back({std::move(text), where});
    return std::move(*this);
  }
  Diagnostic&& with_fix(std::string text) && {
    fix = std::move(text);
    return std::move(*this);
  }
};

/// Collects diagnostics in the order found; `sorted()` gives the order in which people read them.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(std::string_view code, Span span, std::string message) {
    add({Severity::kError, std::string(code), span, std::move(message), {}, {}});
  }
  void warning(std::string_view code, Span span, std::string message) {
    add({Severity::kWarning, std::string(code), span, std::move(message), {}, {}});
  }

  bool has_errors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// By file, then offset, then order of discovery; exact duplicates removed.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

/// One file of a program.
struct Source {
  std::string path;  ///< as the user wrote it; "<text>" for text from the command line
  std::string text;
};

/// All texts of one program, by file number.
class Sources {
 public:
  uint32_t add(std::string path, std::string text);
  const Source& at(uint32_t file) const;
  size_t size() const { return files_.size(); }
  std::string_view text(Span span) const;

  struct Position {
    uint32_t line = 1;    ///< from 1
    uint32_t column = 1;  ///< from 1, in code points
  };
  Position position(uint32_t file, uint32_t offset) const;

 private:
  std::vector<Source> files_;
};

/// The candidate nearest to `name` by edit distance (at most a third of its length), for "did you mean".
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace blox
