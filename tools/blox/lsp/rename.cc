#include "tools/blox/lsp/rename.h"

#include <filesystem>

#include "dsl/code_point.h"

namespace blox::tools::lsp {
namespace {

const Symbol* symbol_at(const Names& names, uint32_t file, uint32_t offset, size_t* index) {
  const Mention* const mention = names.at(file, offset);
  if (mention == nullptr || mention->symbol == kNone) return nullptr;
  *index = mention->symbol;
  return &names.symbols()[mention->symbol];
}

// `$name` and `${name}` without their marks; names in backquotes with them, since what replaces them is plain.
Span bare(const Analysis& analysis, Span span) {
  const std::string_view text = analysis.program.sources.text(span);
  const uint32_t marks = text.starts_with("${") ? 2 : text.starts_with("$") ? 1 : 0;
  const uint32_t behind = marks == 2 ? 1 : 0;
  return {span.file, span.offset + marks, span.length - marks - behind};
}

Status refuse(std::string why) { return Status::user("lsp.rename", std::move(why)); }

Status check_name(const Symbol& symbol, const std::string& name, const Registry& registry) {
  if (!dsl::is_plain_name(name)) return refuse("`" + name + "` is no name");
  const bool is_class = symbol.kind == Symbol::Kind::kCompound;
  if (is_class != dsl::is_class_name(name)) {
    return refuse(is_class ? "element classes begin with a capital letter" : "this name begins with a small letter");
  }
  if (is_class && registry.find(name) != nullptr) return refuse("there is an element class `" + name + "` already");
  for (const char* reserved :
       {"input", "output", "elementclass", "param", "set", "include", "plugin", "require", "true", "false", "null"}) {
    if (name == reserved) return refuse("`" + name + "` means something else in the language");
  }
  return Status::ok();
}

// Each name still means what it meant.
Status compare(const Names& before, const Names& after, size_t renamed, const std::string& name) {
  const auto differ = [&] { return refuse("`" + name + "` is taken: something would change its meaning"); };
  if (before.symbols().size() != after.symbols().size()) return differ();
  if (before.mentions().size() != after.mentions().size()) return differ();
  for (size_t i = 0; i < before.mentions().size(); ++i) {
    const Mention& old = before.mentions()[i];
    const Mention& now = after.mentions()[i];
    if (old.kind != now.kind || old.symbol != now.symbol || old.span.file != now.span.file) return differ();
    if (old.name != now.name && (old.symbol != renamed || now.name != name)) return differ();
  }
  return Status::ok();
}

}  // namespace

std::optional<Span> definition(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset) {
  const Mention* const mention = names.at(file, offset);
  if (mention == nullptr) return std::nullopt;
  if (mention->symbol != kNone) return names.symbols()[mention->symbol].span;
  if (mention->kind != Mention::Kind::kInclude) return std::nullopt;
  const std::filesystem::path folder = std::filesystem::path(analysis.program.sources.at(file).path).parent_path();
  const std::optional<uint32_t> included = analysis.file((folder / mention->name).lexically_normal().string());
  return included ? std::optional<Span>(Span{*included, 0, 0}) : std::nullopt;
}

std::vector<Span> references(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset) {
  size_t symbol = kNone;
  if (symbol_at(names, file, offset, &symbol) == nullptr) return {};
  std::vector<Span> out;
  for (const Mention& mention : names.mentions()) {
    if (mention.symbol == symbol) out.push_back(bare(analysis, mention.span));
  }
  return out;
}

Result<std::vector<Span>> rename(const Analysis& analysis, const Names& names, uint32_t file, uint32_t offset,
                                 const std::string& new_name, const Reread& reread) {
  size_t index = kNone;
  const Symbol* const symbol = symbol_at(names, file, offset, &index);
  if (symbol == nullptr) return refuse("here is no name that the program declares");
  BLOX_TRY(check_name(*symbol, new_name, analysis.registry));
  for (const auto& loaded : analysis.program.files) {
    if (loaded->body.incomplete) {
      return refuse("`" + analysis.program.sources.at(loaded->file).path + "` cannot be read whole: mend it first");
    }
  }
  std::vector<Span> places = references(analysis, names, file, offset);
  std::map<std::string, std::string> texts;
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const Source& source = analysis.program.sources.at(place->file);
    const auto [text, is_new] = texts.try_emplace(source.path, source.text);
    text->second.replace(place->offset, place->length, new_name);
  }
  const std::unique_ptr<Analysis> renamed = reread(texts);
  BLOX_TRY(compare(names, Names(renamed->program, renamed->registry), index, new_name));
  if (renamed->program.diagnostics.errors() > analysis.program.diagnostics.errors()) {
    return refuse("there are errors afterwards that there are not now: something refers to it in a way unknown here");
  }
  return places;
}

}  // namespace blox::tools::lsp
