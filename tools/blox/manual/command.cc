#include "tools/blox/manual/command.h"

#include "core/element/describe.h"
#include "core/element/registry.h"
#include "core/element/stamp.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

Command this_command() {
  Command command;
  command.release = BLOX_RELEASE;
  for (const Verb& verb : verbs()) command.verbs.push_back({verb.name, verb.about, page_of(verb)});
  const Registry registry = Registry::builtin();
  for (const ElementClass* element_class : registry.classes()) {
    command.classes.push_back({std::string(element_class->name), describe(*element_class).summary});
  }
  return command;
}

}  // namespace blox::tools
