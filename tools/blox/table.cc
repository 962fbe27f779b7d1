#include "tools/blox/table.h"

#include <algorithm>

namespace blox::tools {
namespace {

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

void cut(std::string& line, size_t columns) {
  size_t points = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (starts_code_point(line[i]) && ++points > columns) {
      line.resize(i);
      return;
    }
  }
}

}  // namespace

size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (std::string& title : titles_) {
    left_.push_back(!title.empty() && title[0] == '<');
    if (left_.back()) title.erase(0, 1);
  }
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(titles_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(int columns) const {
  std::vector<size_t> widths(titles_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], width(titles_[i]));
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] == 0) continue;
      if (!text.empty()) text += "  ";
      const std::string padding(widths[i] - width(cells[i]), ' ');
      text += left_[i] ? cells[i] + padding : padding + cells[i];
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (columns > 0) cut(text, static_cast<size_t>(columns));
    out += text + "\n";
  };
  line(titles_);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace blox::tools
