#include "dsl/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>

#include "dsl/code_point.h"
#include "dsl/lexer.h"

namespace blox::dsl {
namespace {

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, uint32_t file, Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics), bom_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

  std::optional<YamlNode> take() { return std::move(root_); }
  /// A second document begins where the first one was read whole.
  void refuse_more() { refusing_ = true; }

  size_t offset(const YAML::Mark& mark) const {
    return std::min(static_cast<size_t>(std::max(mark.pos, 0)) + bom_, text_.size());
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (refusing_) refuse(mark, "a file is one YAML document: this begins another");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(node(YamlNode::Kind::kNull, mark, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not read here", "say it with a parameter, or with a class");
    leaf(node(YamlNode::Kind::kRefused, mark, 0));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode out = node(tag == "?" || tag.empty() ? YamlNode::Kind::kPlain : YamlNode::Kind::kQuoted, mark, anchor);
    out.text = value;
    if (tag == "!raw") out.tag = YamlNode::Tag::kRaw;
    if (tag == "!blox") out.tag = YamlNode::Tag::kBlox;
    if (!tag.empty() && tag != "?" && tag != "!" && out.tag == YamlNode::Tag::kNone) {
      refuse(mark, "the tag `" + tag + "` is not known here", "there are `!raw` and `!blox`");
    }
    locate_scalar(text_, file_, offset(mark), out);
    leaf(std::move(out));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back(node(YamlNode::Kind::kList, mark, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back(node(YamlNode::Kind::kMap, mark, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors are not read here", "say it with a parameter, or with a class");
    YamlNode out;
    out.kind = kind;
    out.span = {file_, static_cast<uint32_t>(offset(mark)), 0};
    return out;
  }
  void refuse(const YAML::Mark& mark, std::string message, std::string fix = {}) {
    diagnostics_.add({Severity::kError,
                      "E0135",
                      {file_, static_cast<uint32_t>(offset(mark)), 0},
                      std::move(message),
                      {},
                      std::move(fix)});
  }
  void leaf(YamlNode out) {
    if (!open_.empty()) {
      open_.back().items.push_back(std::move(out));
    } else if (!refusing_) {
      root_ = std::move(out);
    }
  }
  void close() {
    if (open_.empty()) return;
    YamlNode done = std::move(open_.back());
    open_.pop_back();
    leaf(std::move(done));
  }

  std::string_view text_;
  uint32_t file_;
  Diagnostics& diagnostics_;
  size_t bom_;
  bool refusing_ = false;
  std::vector<YamlNode> open_;
  std::optional<YamlNode> root_;
};

// What the library says, in words that name what is to be done. Its own where it says something else.
std::string in_our_words(const std::string& said) {
  // Not constexpr: for clang the texts of the library are variables.
  static const std::pair<std::string_view, std::string_view> kWords[] = {
      {YAML::ErrorMsg::END_OF_MAP,
       "this map has no end: look for a line that is indented otherwise, or for a missing `:`"},
      {YAML::ErrorMsg::END_OF_SEQ, "this list has no end: look for a line that is indented otherwise"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "this `{` has no `}`, or a `,` is missing before here"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "this `[` has no `]`, or a `,` is missing before here"},
      {YAML::ErrorMsg::FLOW_END, "there is no `[` or `{` that this could close"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is not closed before the file ends"},
      {YAML::ErrorMsg::DOC_IN_SCALAR, "a quote is not closed before this line"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "YAML is indented by spaces, not by tabs"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "no list can begin here: `- ` stands at the beginning of a line"},
      {YAML::ErrorMsg::MAP_KEY, "no key can stand here"},
      {YAML::ErrorMsg::MAP_VALUE, "no `:` can stand here: quote the text, or begin a line"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "nothing of YAML begins with this character: quote the text"},
      {YAML::ErrorMsg::BAD_FILE, "it is nested too deeply"},  // how the library calls that
  };
  for (const auto& [theirs, ours] : kWords) {
    if (said == theirs) return std::string(ours);
  }
  return "this is no YAML: " + said;
}

}  // namespace

std::optional<YamlNode> read_yaml_document(std::string_view text, uint32_t file, Diagnostics& diagnostics) {
  const auto refuse = [&](std::string_view code, size_t offset, std::string message) {
    diagnostics.error(code, {file, static_cast<uint32_t>(offset), 0}, std::move(message));
    return std::nullopt;
  };
  if (text.size() > kMaxText) return refuse("E0105", 0, "this file is larger than 16 MiB");
  const size_t invalid = std::min(find_invalid(text), text.find('\0'));
  if (invalid != std::string_view::npos) return refuse("E0104", invalid, "this is not UTF-8 text");

  Builder builder(text, file, diagnostics);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) return std::nullopt;
    builder.refuse_more();
    parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& failure) {
    return refuse("E0131", builder.offset(failure.mark), in_our_words(failure.msg));
  } catch (const std::exception& failure) {
    return refuse("E0131", 0, "this is no YAML: " + std::string(failure.what()));
  }
  return builder.take();
}

}  // namespace blox::dsl
