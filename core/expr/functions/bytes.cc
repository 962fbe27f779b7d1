// Bytes to text and back.
#include <cstdint>
#include <string>

#include "core/data/base64.h"
#include "core/data/utf8.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/number_text.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

enum class Form : uint8_t { kHex, kBase64, kUnknown };
Form form_of(Text word) { return word == "hex" ? Form::kHex : word == "base64" ? Form::kBase64 : Form::kUnknown; }

void refuse_form(Call& call, Text word) {
  call.fail("expr.argument", "`" + std::string(word) + "` is neither hex nor base64");
}

Text view_of(const BufferBuilder& builder) { return {reinterpret_cast<const char*>(builder.data()), builder.size()}; }

Text encode(Call& call, Text bytes, Text form) {
  constexpr size_t kLine = 76;  // MIME's length of a line, which PostgreSQL keeps to
  BufferBuilder out;
  switch (form_of(form)) {
    case Form::kUnknown: refuse_form(call, form); return {};
    case Form::kHex:
      for (const char c : bytes) {
        const auto byte = static_cast<uint8_t>(c);
        out.push("0123456789abcdef"[byte >> 4]);
        out.push("0123456789abcdef"[byte & 15]);
      }
      break;
    case Form::kBase64: {
      BufferBuilder one_line;
      append_base64(bytes, &one_line);
      for (Text rest = view_of(one_line); !rest.empty();) {
        const Text line = rest.substr(0, kLine);
        out.append(line.data(), line.size());
        rest.remove_prefix(line.size());
        if (!rest.empty()) out.push('\n');
      }
      break;
    }
  }
  return call.keep(view_of(out));
}

Text decode(Call& call, Text text, Text form) {
  std::string dense;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') dense += c;
  }
  switch (form_of(form)) {
    case Form::kUnknown: refuse_form(call, form); return {};
    case Form::kHex:
      if (const std::optional<std::string> bytes = read_bytes("\\x" + dense)) return call.keep(*bytes);
      break;
    case Form::kBase64: {
      BufferBuilder out;
      if (append_from_base64(dense, &out)) return call.keep(view_of(out));
      break;
    }
  }
  call.fail("expr.cast", "this is no " + std::string(form) + " text");
  return {};
}

bool is_utf8_name(Text word) { return word == "UTF8" || word == "utf8" || word == "UTF-8" || word == "utf-8"; }

Text from_bytes(Call& call, Text bytes, Text encoding) {
  if (!is_utf8_name(encoding)) {
    call.fail("expr.argument", "`" + std::string(encoding) + "` is not UTF8, the only encoding there is");
  } else if (!is_utf8(bytes)) {
    call.fail("expr.cast", "these bytes are no valid UTF-8");
  }
  return bytes;
}
Text to_bytes(Call& call, Text text, Text encoding) {
  if (!is_utf8_name(encoding))
    call.fail("expr.argument", "`" + std::string(encoding) + "` is not UTF8, the only encoding there is");
  return text;
}

constexpr Function kRows[] = {
    {"convert_from", "bytes string", "string", lift<from_bytes>, "Bytes read as text.",
     "convert_from('\\xc3a9', 'UTF8')", "é"},
    {"convert_to", "string string", "bytes", lift<to_bytes>, "The bytes of a text.", "convert_to('é', 'UTF8')",
     "\\xc3a9"},
    {"encode", "bytes string", "string", lift<encode>, "Bytes as hex or base64.", "encode('\\x0aff', 'hex')", "0aff"},
    {"decode", "string string", "bytes", lift<decode>, "Bytes from hex or base64.", "decode('Cv8=', 'base64')",
     "\\x0aff"},
};

}  // namespace

std::span<const Function> bytes_functions() { return kRows; }

}  // namespace blox::expr
