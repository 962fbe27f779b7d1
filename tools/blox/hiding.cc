#include "tools/blox/hiding.h"

#include <string>
#include <variant>

namespace blox::tools {
namespace {

void look_into(const dsl::Body& body, const Registry& registry, Diagnostics& diagnostics) {
  for (const dsl::Statement& statement : body.statements) {
    const auto* declared = std::get_if<dsl::Class>(&statement.what);
    if (declared == nullptr) continue;
    const std::string name(declared->name.text);
    if (const ElementClass* hidden = registry.find(name)) {
      diagnostics.add({Severity::kWarning,
                       "W0214",
                       declared->name.span,
                       "`" + name + "` hides the class of this name in " + hidden->file,
                       {},
                       "give it another name"});
    }
    look_into(declared->body, registry, diagnostics);
  }
}

}  // namespace

void warn_of_hiding(const dsl::Program& program, const Registry& registry, Diagnostics& diagnostics) {
  for (const auto& file : program.files) look_into(file->body, registry, diagnostics);
}

}  // namespace blox::tools
