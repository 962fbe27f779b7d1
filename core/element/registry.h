// The element classes and sharders that exist: built in, and from plug-ins.
//
// A class registers by BLOX_ELEMENT(Class) at the end of its file. That puts one constant pointer into a section of
// the binary; nothing runs before main, so a plug-in can be refused before any of its code has run.
//
//   class Head final : public Element {
//    public:
//     static constexpr const char* kDoc = R"(…)";            // what it does; Owns, Cost, Example …
//     static constexpr Traits kTraits{.sharding = …};        // optional
//
// Owns     pointers to descriptors that live as long as the process (plug-ins are never unloaded)
// Threads  filled while starting up, read by anybody afterwards
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/element/traits.h"

namespace blox {

class Element;
struct SharderClass;

/// What is known of a class without making one.
struct ElementClass {
  const char* name;
  const char* file;  ///< of its source, for `describe`
  const char* doc;
  const Traits* traits;
  std::unique_ptr<Element> (*make)();
};

class Registry {
 public:
  /// All classes linked into this binary.
  static Registry builtin();

  const ElementClass* find(std::string_view name) const;
  const std::vector<const ElementClass*>& classes() const { return classes_; }  ///< by name
  std::vector<std::string> names() const;
  /// A name twice is an error that names both files.
  Status add(const ElementClass* element_class);

  /// Sharders (sharder.h), in the same way.
  const SharderClass* find_sharder(std::string_view name) const;
  const std::vector<const SharderClass*>& sharders() const { return sharders_; }  ///< by name
  Status add(const SharderClass* sharder);

 private:
  std::vector<const ElementClass*> classes_;
  std::vector<const SharderClass*> sharders_;
};

}  // namespace blox

/// Registers an element class; the last line of its file.
#define BLOX_ELEMENT(Class)                                                                              \
  namespace {                                                                                            \
  extern const ::blox::ElementClass blox_class_##Class;                                                  \
  std::unique_ptr<::blox::Element> blox_make_##Class() {                                                 \
    auto element = std::make_unique<Class>();                                                            \
    element->set_class(&blox_class_##Class);                                                             \
    return element;                                                                                      \
  }                                                                                                      \
  constexpr ::blox::Traits blox_traits_##Class = ::blox::TraitsOf<Class>::value();                       \
  constexpr ::blox::ElementClass blox_class_##Class{#Class, __FILE__, Class::kDoc, &blox_traits_##Class, \
                                                    &blox_make_##Class};                                 \
  [[gnu::section("blox_classes"), gnu::used]] const ::blox::ElementClass* const blox_entry_##Class =     \
      &blox_class_##Class;                                                                               \
  }                                                                                                      \
  static_assert(true)
