// Text in columns, for people.
//
// Owns     its cells
// Threads  one user
#pragma once

#include <string>
#include <vector>

namespace blox::tools {

class Table {
 public:
  /// Columns whose title begins with '<' are left-aligned, the others right-aligned.
  explicit Table(std::vector<std::string> titles);
  void row(std::vector<std::string> cells);
  /// Lines of at most `columns` code points (0: no limit), ended by newlines; empty columns are left out.
  std::string text(int columns = 0) const;
  size_t rows() const { return rows_.size(); }

 private:
  std::vector<std::string> titles_;
  std::vector<bool> left_;
  std::vector<std::vector<std::string>> rows_;
};

/// Code points of valid UTF-8.
size_t width(const std::string& text);

}  // namespace blox::tools
