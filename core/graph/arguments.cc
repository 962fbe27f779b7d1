// Arguments: given ones find their declaration and are parsed, missing ones are reported.
#include "core/graph/work.h"

#include <fmt/format.h>

#include <algorithm>

namespace blox {
namespace {

// The arguments of one element.
class Arguments {
 public:
  Arguments(Work& work, const GraphElement& node, Element& element)
      : work_(work), node_(node), element_(element), given_(element_.args().size(), nullptr) {}

  /// False where anything was refused.
  bool read() {
    for (const GraphArg& arg : node_.args) {
      if (arg.name.empty()) {
        by_position(arg);
      } else {
        by_name(arg);
      }
    }
    for (size_t i = 0; i < given_.size(); ++i) {
      if (given_[i] == nullptr && element_.args()[i]->required()) report_missing(*element_.args()[i]);
    }
    return complete_;
  }

 private:
  void by_position(const GraphArg& arg) {
    while (next_ < given_.size() && given_[next_] != nullptr) ++next_;
    if (next_ < given_.size()) return take(next_, arg);
    const size_t takes = given_.size();
    const std::string what = takes == 0   ? "no arguments without a name"
                             : takes == 1 ? "one argument"
                                          : fmt::format("{} arguments", takes);
    refuse("E0430", arg.value.span, fmt::format("`{}` takes {}, and this is one more", node_.class_name, what),
           takes == 0 ? "" : fmt::format("they are {}", list_names(names())));
  }

  void by_name(const GraphArg& arg) {
    const auto& args = element_.args();
    const auto found =
        std::find_if(args.begin(), args.end(), [&](const ArgBase* known) { return arg.name == known->name(); });
    if (found != args.end()) return take(static_cast<size_t>(found - args.begin()), arg);
    if (NamedArgs* const named = element_.named_args(); named != nullptr) {
      for (const NamedArgs::Item& item : named->items()) {
        if (item.name == arg.name) return refuse_second(arg, item.name_span);
      }
      return named->add({arg.name, arg.name_span, arg.value});
    }
    const std::string near = did_you_mean(arg.name, names());
    const std::string known = names().empty() ? "it takes none" : "it takes " + list_names(names());
    refuse("E0401", arg.name_span, fmt::format("`{}` has no argument `{}`{}", node_.class_name, arg.name, near),
           near.empty() ? known : "");
  }

  void take(size_t position, const GraphArg& arg) {
    if (const GraphArg* const first = given_[position]; first != nullptr) {
      return refuse_second(arg, first->name.empty() ? first->value.span : first->name_span);
    }
    given_[position] = &arg;
    Diagnostics found;
    if (!element_.args()[position]->parse(arg.value, found, folder_of(arg.value.span))) complete_ = false;
    work_.pass_on(found, node_.uses);
  }

  std::string_view folder_of(Span span) const {
    const std::vector<std::string>& folders = work_.graph.folders;
    return span.file < folders.size() ? folders[span.file] : std::string_view();
  }

  void refuse_second(const GraphArg& arg, Span first) {
    complete_ = false;
    work_.report({Severity::kError,
                  "E0409",
                  arg.name.empty() ? arg.value.span : arg.name_span,
                  fmt::format("the argument `{}` is given twice", arg.name),
                  {{"first given here", first}},
                  {}},
                 node_.uses);
  }

  void report_missing(const ArgBase& arg) {
    refuse(
        "E0404", node_.class_span, fmt::format("`{}` needs the argument `{}`", node_.class_name, arg.name()),
        fmt::format("give it, as in `{}({} = …)`: {} ({})", node_.class_name, arg.name(), arg.doc(), arg.type_name()));
  }

  void refuse(std::string_view code, Span span, std::string message, std::string fix) {
    complete_ = false;
    work_.error(code, span, std::move(message), std::move(fix), node_.uses);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const ArgBase* arg : element_.args()) out.emplace_back(arg->name());
    return out;
  }

  Work& work_;
  const GraphElement& node_;
  Element& element_;
  std::vector<const GraphArg*> given_;  // side by side with the declared ones
  size_t next_ = 0;                     // the declared one that the next argument without a name is for
  bool complete_ = true;
};

}  // namespace

bool read_arguments_of(Work& work, const GraphElement& node, Element& element) {
  return Arguments(work, node, element).read();
}

void read_arguments(Work& work) {
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (work.nodes[i].lost) continue;
    work.nodes[i].args_lost = !read_arguments_of(work, work.graph.elements[i], *work.elements[i].element);
  }
}

// What a class says of its arguments as a whole; it may look at which ports are connected. A place that it does not
// name is the element's.
void check_arguments_together(Work& work) {
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (work.nodes[i].lost || work.nodes[i].args_lost) continue;
    const GraphElement& written = work.graph.elements[i];
    Diagnostics found;
    work.elements[i].element->check(found);
    work.nodes[i].args_lost = found.has_errors();
    for (Diagnostic diagnostic : found.all()) {
      if (!diagnostic.span.known()) diagnostic.span = written.class_span;
      work.report(std::move(diagnostic), written.uses);
    }
  }
}

}  // namespace blox
