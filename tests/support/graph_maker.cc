#include "tests/support/graph_maker.h"

#include "core/base/check.h"
#include "core/data/type.h"

namespace blox::testing {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Span GraphMaker::next_span(size_t length) {
  const Span out{0, offset_, static_cast<uint32_t>(length)};
  offset_ += static_cast<uint32_t>(length) + 1;
  return out;
}

size_t GraphMaker::index_of(std::string_view path) const {
  for (size_t i = 0; i < graph.elements.size(); ++i) {
    if (graph.elements[i].path == path) return i;
  }
  BLOX_CHECK(false, "a connection of an element that was not made");
  return 0;
}

GraphMaker& GraphMaker::element(std::string_view path, std::string_view class_name, std::vector<NamedLiteral> args,
                                std::vector<NamedLiteral> settings) {
  GraphElement out;
  out.path = path;
  out.named = path.find('@') == std::string_view::npos;
  out.class_name = class_name;
  out.class_span = next_span(class_name.size());
  for (NamedLiteral& arg : args) {
    const Span name_span = arg.name.empty() ? Span{} : next_span(arg.name.size());
    if (!arg.value.span.known()) arg.value.span = next_span(1);
    out.args.push_back({arg.name, name_span, std::move(arg.value)});
  }
  for (NamedLiteral& setting : settings) {
    const Span name_span = next_span(setting.name.size());
    if (!setting.value.span.known()) setting.value.span = next_span(1);
    out.settings.push_back({setting.name, name_span, std::move(setting.value)});
  }
  graph.elements.push_back(std::move(out));
  return *this;
}

GraphMaker& GraphMaker::connect(std::string_view text, std::vector<NamedLiteral> settings) {
  size_t arrow = text.find("->");
  const bool push = arrow != std::string_view::npos;
  if (!push) arrow = text.find("=>");
  BLOX_CHECK(arrow != std::string_view::npos, "a connection without an arrow");
  const auto read_end = [this](std::string_view side, bool from) {
    GraphEnd end;
    const size_t open = side.find('['), close = side.find(']');
    if (open == std::string_view::npos) {
      end.element = index_of(trimmed(side));
    } else {
      end.element = index_of(trimmed(from ? side.substr(0, open) : side.substr(close + 1)));
      std::string_view port = side.substr(open + 1, close - open - 1);
      if (const size_t colon = port.find(':'); colon != std::string_view::npos) {
        end.annotated = true;
        end.type = Literal::of(std::string(trimmed(port.substr(colon + 1))));
        end.type.span = next_span(1);
        port = port.substr(0, colon);
      }
      end.port = trimmed(port);
    }
    end.span = next_span(side.size());
    return end;
  };
  GraphConnection out;
  out.kind = push ? PortKind::kPush : PortKind::kQuery;
  out.from = read_end(text.substr(0, arrow), true);
  out.arrow = next_span(2);
  out.to = read_end(text.substr(arrow + 2), false);
  for (NamedLiteral& setting : settings) {
    const Span name_span = next_span(setting.name.size());
    setting.value.span = next_span(1);
    out.settings.push_back({setting.name, name_span, std::move(setting.value)});
  }
  graph.connections.push_back(std::move(out));
  return *this;
}

Literal name(std::string text) { return Literal::name(std::move(text)); }
Literal list(std::vector<Literal> items) {
  Literal out;
  out.form = Literal::Form::kList;
  out.items = std::move(items);
  return out;
}
Literal size(int64_t bytes) {
  Literal out;
  out.form = Literal::Form::kSize;
  out.integer = bytes;
  return out;
}
Literal share(double fraction) {
  Literal out;
  out.form = Literal::Form::kShare;
  out.real = fraction;
  return out;
}
Literal range(int64_t low, int64_t high) {
  Literal out;
  out.form = Literal::Form::kRange;
  out.integer = low;
  out.upper = high;
  return out;
}
Literal boolean(bool value) {
  Literal out;
  out.form = Literal::Form::kBool;
  out.integer = value ? 1 : 0;
  return out;
}
Literal duration(int64_t micros) {
  Literal out;
  out.form = Literal::Form::kDuration;
  out.integer = micros;
  return out;
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    out += diagnostic.code + " " + diagnostic.message + "\n";
    for (const Note& note : diagnostic.notes) out += "  = " + note.text + "\n";
    if (!diagnostic.fix.empty()) out += "  = fix: " + diagnostic.fix + "\n";
  }
  return out;
}

std::string codes_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) out += (out.empty() ? "" : " ") + diagnostic.code;
  return out;
}

}  // namespace blox::testing
