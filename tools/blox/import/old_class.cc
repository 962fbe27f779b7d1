#include "tools/blox/import/old_class.h"

#include <algorithm>
#include <cctype>

#include "tools/blox/import/old_form.h"

namespace blox::tools {

bool shapes(OldForm form) {
  switch (form) {
    case OldForm::kSeconds:
    case OldForm::kSqlCases:
    case OldForm::kSqlText:
    case OldForm::kWord:
    case OldForm::kCount:
    case OldForm::kDecoded:
    case OldForm::kMapKey:
    case OldForm::kTotals:
    case OldForm::kNothing:
    case OldForm::kReserved:
    case OldForm::kField:
    case OldForm::kFields: return true;
    default: return false;
  }
}

const OldArg* OldClass::find_arg(std::string_view arg) const {
  const std::string wanted = old_name(arg);
  for (const OldArg& known : args) {
    if (old_name(known.name) == wanted) return &known;
  }
  return nullptr;
}

const OldPort* OldClass::find_port(std::string_view port) const {
  const std::string wanted = old_name(port);
  std::string_view stem = wanted;
  while (!stem.empty() && std::isdigit(static_cast<unsigned char>(stem.back())) != 0) stem.remove_suffix(1);
  for (const OldPort& known : ports) {
    if (old_name(known.name) == wanted) return &known;
    const bool numbered = known.name.ends_with('#') && stem.size() < wanted.size();
    if (numbered && old_name(known.name.substr(0, known.name.size() - 1)) == stem) return &known;
  }
  return nullptr;
}

const std::vector<OldClass>& old_classes() {
  static const std::vector<OldClass> classes = [] {
    std::vector<OldClass> out;
    for (const auto part : {source_classes, transform_classes, sink_classes, query_classes, store_classes, shard_classes}) {
      for (OldClass& made : part()) out.push_back(std::move(made));
    }
    return out;
  }();
  return classes;
}

const OldClass* find_old_class(std::string_view name) {
  const std::string wanted = old_name(name);
  for (const OldClass& known : old_classes()) {
    if (known.name == wanted) return &known;
  }
  return nullptr;
}

}  // namespace blox::tools
