#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dsl/code_point.h"
#include "dsl/render.h"

namespace blox::dsl {
namespace {

constexpr uint32_t kTab = 4;
constexpr uint32_t kWindow = 160;
constexpr uint32_t kLead = 60;  // columns before the caret that a clipped line keeps

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string harmless(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode(text, i);
    append_utf8(point.value == kInvalid || is_control(point.value) ? U'\uFFFD' : point.value, out);
    i += point.length;
  }
  return out;
}

// One line of source as a terminal shows it, and where the span lies in it.
struct ShownLine {
  std::string text;
  uint32_t caret = 0;  // columns before it
  uint32_t width = 1;  // columns that it covers
};

ShownLine show_line(std::string_view line, size_t begin, size_t end) {
  struct Cell {
    size_t offset;
    uint32_t column;
    char32_t value;
    uint32_t width;
  };
  std::vector<Cell> cells;
  uint32_t column = 0;
  for (size_t i = 0; i < line.size();) {
    const CodePoint point = decode(line, i);
    const bool tab = point.value == '\t';
    const bool strange = !tab && (point.value == kInvalid || is_control(point.value));
    const char32_t value = strange ? U'\uFFFD' : point.value;
    const uint32_t width = tab ? kTab - column % kTab : display_width(value);
    cells.push_back({i, column, value, width});
    column += width;
    i += point.length;
  }
  const auto column_of = [&](size_t offset) {
    const auto cell =
        std::lower_bound(cells.begin(), cells.end(), offset, [](const Cell& c, size_t o) { return c.offset < o; });
    return cell == cells.end() ? column : cell->column;
  };
  const uint32_t from = column_of(begin);
  const uint32_t to = std::max(column_of(end), from + 1);

  // A line too long is shown around its caret.
  const bool clip = column > kWindow;
  const uint32_t left = clip && from > kLead ? from - kLead : 0;
  const uint32_t right = clip ? left + kWindow : column;
  ShownLine out;
  if (left > 0) out.text += "…";
  uint32_t shown = left > 0 ? 1 : 0;
  uint32_t skipped = 0;
  for (const Cell& cell : cells) {
    if (cell.column < left) {
      skipped = cell.column + cell.width;
      continue;
    }
    if (cell.column + cell.width > right) {
      out.text += "…";
      break;
    }
    if (cell.value == '\t') {
      out.text.append(cell.width, ' ');
    } else {
      append_utf8(cell.value, out.text);
    }
  }
  out.caret = from - skipped + shown;
  out.width = std::min(to, std::max(right, from + 1)) - from;
  return out;
}

class TextRenderer {
 public:
  TextRenderer(const Sources& sources, const RenderOptions& options) : sources_(sources), options_(options) {}

  void show(const Diagnostic& diagnostic) {
    const bool error = diagnostic.severity == Severity::kError;
    const std::string_view colour = error ? kRed : kYellow;
    head(diagnostic.span, fmt::format("{}[{}]", error ? "error" : "warning", diagnostic.code), colour,
         diagnostic.message);
    const uint32_t digits = source_line(diagnostic.span, colour);
    for (const Note& note : diagnostic.notes) {
      if (!note.span.known()) remark(digits, note.text);
    }
    if (!diagnostic.fix.empty()) remark(digits, "fix: " + diagnostic.fix);
    for (const Note& note : diagnostic.notes) {
      if (!note.span.known()) continue;
      head(note.span, "note", kBlue, note.text);
      source_line(note.span, kBlue);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  std::string painted(std::string_view colour, std::string_view text) const {
    return options_.colours ? fmt::format("{}{}{}", colour, text, kPlain) : std::string(text);
  }

  void head(Span span, std::string_view kind, std::string_view colour, std::string_view message) {
    std::string place;
    if (span.known()) {
      const Sources::Position at = sources_.position(span.file, span.offset);
      place = fmt::format("{}:{}:{}:", harmless(sources_.at(span.file).path), at.line, at.column);
    } else {
      place = "blox:";
    }
    out_ +=
        fmt::format("{} {} {}\n", painted(kBold, place), painted(colour, fmt::format("{}:", kind)), harmless(message));
  }

  // Returns the width of the line number, under which the remarks stand.
  uint32_t source_line(Span span, std::string_view colour) {
    constexpr uint32_t kDigits = 5;
    if (!span.known()) return kDigits;
    const std::string_view text = sources_.at(span.file).text;
    const size_t offset = std::min<size_t>(span.offset, text.size());
    const size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    size_t end = std::min(text.find('\n', offset), text.size());
    if (end > begin && text[end - 1] == '\r') --end;
    const size_t from = std::min(offset, end) - begin;
    const size_t to = std::clamp<size_t>(span.end(), begin + from, end) - begin;
    const ShownLine line = show_line(text.substr(begin, end - begin), from, to);
    const std::string number = fmt::format("{:>{}}", sources_.position(span.file, span.offset).line, kDigits);
    const auto digits = static_cast<uint32_t>(number.size());
    out_ += line.text.empty() ? fmt::format("{} |\n", number) : fmt::format("{} | {}\n", number, line.text);
    const std::string carets = "^" + std::string(line.width - 1, '~');
    out_ += fmt::format("{:{}} | {:{}}{}\n", "", digits, "", line.caret, painted(colour, carets));
    return digits;
  }

  void remark(uint32_t digits, std::string_view text) {
    out_ += fmt::format("{:{}} = {}\n", "", digits, harmless(text));
  }

  const Sources& sources_;
  const RenderOptions& options_;
  std::string out_;
};

}  // namespace

std::string render_text(const Diagnostics& diagnostics, const Sources& sources, const RenderOptions& options) {
  TextRenderer renderer(sources, options);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) renderer.show(diagnostic);
  return renderer.take();
}

}  // namespace blox::dsl
