#include "elements/support/positions.h"

#include <fmt/format.h>

#include <charconv>

namespace blox {
namespace {

constexpr std::string_view kFirstLine = "blox positions 1\n";

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out;
}

bool unescape(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size() || (text[i] != 'n' && text[i] != '\\')) return false;
    out += text[i] == 'n' ? '\n' : '\\';
  }
  return true;
}

// Takes a number and the blank behind it.
bool take_number(std::string_view& line, uint64_t& out) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out);
  if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
  line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
  return true;
}

bool read_line(std::string_view line, Position& out) {
  return take_number(line, out.offset) && take_number(line, out.device) && take_number(line, out.inode) &&
         take_number(line, out.head_bytes) && take_number(line, out.head_hash) && !line.empty() &&
         unescape(line, out.path);
}

}  // namespace

std::string write_positions(std::span<const Position> positions) {
  std::string out(kFirstLine);
  for (const Position& one : positions) {
    out += fmt::format("{} {} {} {} {} {}\n", one.offset, one.device, one.inode, one.head_bytes, one.head_hash,
                       escaped(one.path));
  }
  return out;
}

Result<std::vector<Position>> read_positions(std::string_view text) {
  const auto wrong = [](size_t line) {
    return Status::user("positions.damaged", fmt::format("line {} holds no position", line));
  };
  if (!text.starts_with(kFirstLine)) return wrong(1);
  text.remove_prefix(kFirstLine.size());
  std::vector<Position> out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    Position one;
    if (end == std::string_view::npos || !read_line(text.substr(0, end), one)) return wrong(out.size() + 2);
    out.push_back(std::move(one));
    text.remove_prefix(end + 1);
  }
  return out;
}

void StateCodec<Position>::encode(const Position& value, std::string& out) {
  StateCodec<std::string>::encode(value.path, out);
  for (const uint64_t number : {value.device, value.inode, value.offset, value.head_bytes, value.head_hash}) {
    StateCodec<uint64_t>::encode(number, out);
  }
}

bool StateCodec<Position>::decode(std::string_view& in, Position& value) {
  if (!StateCodec<std::string>::decode(in, value.path)) return false;
  for (uint64_t* number : {&value.device, &value.inode, &value.offset, &value.head_bytes, &value.head_hash}) {
    if (!StateCodec<uint64_t>::decode(in, *number)) return false;
  }
  return true;
}

}  // namespace blox
