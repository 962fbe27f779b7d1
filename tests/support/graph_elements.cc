#include "tests/support/graph_elements.h"

#include "core/base/check.h"
#include "core/element/element.h"

namespace blox::testing {
namespace {

// What a test class needs beside its ports: none is ever run.
class Part : public Element {
 public:
  static constexpr const char* kDoc = "Stands in tests of the checker.";
  Supply produce() override { return Supply::end(); }
  Flow push(PushIn&, Log) override { return Flow::kNext; }
};

class Words final : public Part {
  PushOut out_{this, "out", "{word: string, size: int}", "words"};
};
class Paths final : public Part {
  PushOut out_{this, "out", "{path: string, size: int}", "paths"};
};
class Swapped final : public Part {
  PushOut out_{this, "out", "{size: int?, word: string}", "words"};
};
class Changes final : public Part {
  PushOut out_{this, "out", "{word: string} key(word) changelog", "words"};
};
class Load final : public Part {
  PushIn in_{this, "in", "{path: string, ...}", "paths"};
  PushOut out_{this, "out", "in + {content: string}", "files"};
};
class Split final : public Part {
  PushIn in_{this, "in", "{$field: string, ...}", "text"};
  PushOut out_{this, "out", "in - $field + {word: string}", "words"};
  Arg<FieldName> field_{this, "field", "what is split"};
};
class Tally final : public Part {
 public:
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

 private:
  PushIn in_{this, "in", "{$by, ...}", "records"};
  PushOut out_{this, "out", "in & $by + {count: int} key($by)", "counts"};
  Arg<FieldList> by_{this, "by", "the key"};
  Arg<int64_t> limit_{this, "limit", "how many", Default{int64_t{10}}, AtLeast{1}};
  Keyed<Key, int64_t> counts_{this, "counts", Version{1}};
};
class Relay final : public Part {
 public:
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

 private:
  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOut out_{this, "out", "in", "the same"};
};
class Slow final : public Part {
 public:
  static constexpr Traits kTraits{.blocking = true};

 private:
  PushIn in_{this, "in", "{...} changelog", "records"};
  PushOut out_{this, "out", "in", "the same"};
};
class Sink final : public Part {
 public:
  static constexpr Traits kTraits{.effects = true, .guarantee = "exactly once"};

 private:
  PushIn in_{this, "in", "{...} changelog", "records"};
};
class Loose final : public Part {
 public:
  static constexpr Traits kTraits{.effects = true, .guarantee = "at least once"};

 private:
  PushIn in_{this, "in", "{...} changelog", "records"};
};
class Append final : public Part {
  PushIn in_{this, "in", "{...}", "records"};
};
class Table final : public Part {
  PushIn in_{this, "in", "{...}", "records", kOptional};
  QueryIn get_{this, "get", "{word: string, ...}", "in", "records by word"};
};
class Enrich final : public Part {
  PushIn in_{this, "in", "{...}", "records"};
  QueryOut ask_{this, "ask", "in", "{...}", "asks for each"};
  PushOut out_{this, "out", "ask", "the answers"};
};
class Double final : public Part {
  PushIn in_{this, "in", "{...}", "records"};
  PushIn extra_{this, "extra", "{...}", "more"};
  PushOut out_{this, "out", "in", "the first"};
};
class Gather final : public Part {
 public:
  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    std::vector<Field> fields;
    for (size_t i = 0; i < ins_.size(); ++i) {
      const std::optional<Schema> in = types.of(ins_[i]);
      if (!in) return std::nullopt;
      for (const Field& field : in->fields()) {
        if (!Schema(fields).find(field.name)) fields.push_back(field);
      }
    }
    return Schema(std::move(fields));
  }

 private:
  PushIns ins_{this, "{...}", "records"};
  PushOut out_{this, "out", "", "all of them"};
};
class Chance final : public Part {
 public:
  static constexpr Traits kTraits{.deterministic = false};

 private:
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "some"};
};
class Without final : public Part {
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in - $field", "less"};
  Arg<FieldName> field_{this, "field", "what is left out"};
};
class Greedy final : public Part {
 public:
  std::optional<Schema> resolve(const Port&, Types&) override { return Schema({{"gold", Kind::kInt}}); }

 private:
  PushIn in_{this, "in", "{...}", "records"};
};
class Echo final : public Part {
  QueryIn get_{this, "get", "{...}", "get", "gives back what it is asked"};
};
class Loop final : public Part {
  QueryOut ask_{this, "ask", "ask", "{...}", "asks with its answers"};
  PushOut out_{this, "out", "ask", "the answers"};
};
class Node final : public Part {
  PushIn in_{this, "in", "{...}", "records", kOptional};
  PushOut out_{this, "out", "{n: int}", "numbers", kOptional};
  QueryIn q_{this, "q", "{...}", "{n: int}", "questions"};
  QueryOuts asks_{this, "{n: int}", "{...}", "asks"};
};

template <typename E>
const ElementClass* make_class(const char* name) {
  static constexpr Traits traits = TraitsOf<E>::value();
  static const ElementClass out{name, __FILE__, E::kDoc, &traits,
                                []() -> std::unique_ptr<Element> { return std::make_unique<E>(); }};
  return &out;
}

}  // namespace

const Registry& graph_elements() {
  static const Registry registry = [] {
    Registry out;
    for (const ElementClass* element_class :
         {make_class<Words>("Words"),     make_class<Paths>("Paths"),   make_class<Swapped>("Swapped"),
          make_class<Changes>("Changes"), make_class<Load>("Load"),     make_class<Split>("Split"),
          make_class<Tally>("Tally"),     make_class<Relay>("Relay"),   make_class<Slow>("Slow"),
          make_class<Sink>("Sink"),       make_class<Loose>("Loose"),   make_class<Append>("Append"),
          make_class<Table>("Table"),     make_class<Enrich>("Enrich"), make_class<Double>("Double"),
          make_class<Gather>("Gather"),   make_class<Chance>("Chance"), make_class<Without>("Without"),
          make_class<Greedy>("Greedy"),   make_class<Echo>("Echo"),     make_class<Loop>("Loop"),
          make_class<Node>("Node")}) {
      BLOX_CHECK(out.add(element_class).is_ok(), "test classes have different names");
    }
    const Registry builtin = Registry::builtin();
    for (const SharderClass* sharder : builtin.sharders()) {
      BLOX_CHECK(out.add(sharder).is_ok(), "sharders have different names");
    }
    return out;
  }();
  return registry;
}

}  // namespace blox::testing
