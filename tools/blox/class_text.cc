#include "tools/blox/class_text.h"

namespace blox::tools {
namespace {

std::string code(const std::string& text) { return "`` " + text + " ``"; }  // types may hold backquotes

}  // namespace

std::string port_title(const ClassDescription::Port& port) {
  std::string title = port.family ? "[…]" : "[" + port.name + "]";
  title += port.kind == PortKind::kPush ? "" : " query";
  return title + (port.direction == Direction::kIn ? " in" : " out");
}

std::string port_type(const ClassDescription::Port& port) {
  std::string type = port.type.empty() ? "(from its arguments)" : port.type;
  if (port.kind == PortKind::kQuery) type += " ⇒ " + (port.answer.empty() ? "(from its arguments)" : port.answer);
  return type;
}

std::string port_doc(const ClassDescription::Port& port) {
  std::string doc = port.doc;
  if (port.main) doc += "; the main one";
  if (port.optional) doc += "; need not be connected";
  if (port.family) doc += "; any number, named by the connections";
  return doc;
}

std::string preset(const ClassDescription::Argument& argument) {
  if (!argument.default_text.empty()) return "= " + argument.default_text;
  return argument.required ? "required" : "";
}

std::string handler_doc(const ClassDescription::Handler& handler) {
  return handler.doc + (handler.writable ? " (can be set)" : "");
}

std::string markdown(const ClassDescription& about) {
  std::string out = "**" + about.name + "**: " + about.summary + "\n";
  if (!about.text.empty()) out += "\n" + about.text + "\n";
  out += "\nports\n\n";
  for (const ClassDescription::Port& port : about.ports) {
    out += "- `" + port_title(port) + "` " + code(port_type(port)) + " " + port_doc(port) + "\n";
  }
  if (!about.arguments.empty()) out += "\narguments\n\n";
  for (const ClassDescription::Argument& argument : about.arguments) {
    const std::string given = preset(argument);
    out += "- `" + argument.name + "` " + code(argument.type + (given.empty() ? "" : " " + given)) + " " +
           argument.doc + "\n";
  }
  if (!about.handlers.empty()) out += "\nhandlers\n\n";
  for (const ClassDescription::Handler& handler : about.handlers) {
    out += "- `" + handler.name + "` " + handler_doc(handler) + "\n";
  }
  for (const auto& [name, text] : about.sections) {
    if (name != "Example") out += "\n*" + name + "*: " + text + "\n";
  }
  if (const std::string* example = about.section("Example")) out += "\n```blox\n" + *example + "\n```\n";
  return out;
}

}  // namespace blox::tools
