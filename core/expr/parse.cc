#include "core/expr/parse.h"

#include <pg_query.h>

#include <string>

#include "core/expr/utf8.h"

namespace blox::expr {
namespace {

struct Parsed {
  PgQueryParseResult result;
  explicit Parsed(const std::string& sql) : result(pg_query_parse(sql.c_str())) {}
  ~Parsed() { pg_query_free_parse_result(result); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
};

// The parser names the word at fault as it read it; we show it as it was written.
void report(const Scanned& scanned, const PgQueryError& error, const Schema& schema, uint32_t text,
            std::vector<Error>& errors) {
  const std::string message = error.message;
  // Characters from 1, in the text that the parser read.
  const auto at = static_cast<uint32_t>(skip_points(scanned.sql, error.cursorpos > 0 ? error.cursorpos - 1 : 0));
  const Token* token = scanned.token_at(at);
  const auto size = static_cast<uint32_t>(scanned.text.size());
  if (message.find("at end of input") != std::string::npos || token == nullptr) {
    errors.push_back({text,
                      size,
                      0,
                      "E0410",
                      scanned.tokens.empty() ? "the expression is empty" : "the expression ends too early",
                      {}});
    return;
  }
  std::string shown = message.substr(0, message.find(" at or near"));
  std::string fix;
  if (shown == "syntax error") {
    shown = "`" + std::string(scanned.spelling(*token)) + "` cannot stand here";
    const bool is_field = token->kind == Token::Kind::kWord && schema.find(scanned.spelling(*token)).has_value();
    if (is_field)
      fix = "a field with the name of a word of SQL is written in double quotes or backquotes: `" +
            std::string(scanned.spelling(*token)) + "`";
  }
  errors.push_back({text, token->offset, token->length, "E0410", shown, fix});
}

bool only_targets(const Tree& root) {
  const Tree& statements = root.at("stmts");
  if (statements.size() != 1 || statements.item(0).at("stmt").node_class() != "SelectStmt") return false;
  const Tree& select = statements.item(0).at("stmt").item(0);
  for (size_t i = 0; i < select.size(); ++i) {
    const std::string_view name = select.name(i);
    const bool plain = name == "targetList" ||
                       (name == "limitOption" && select.item(i).string() == "LIMIT_OPTION_DEFAULT") ||
                       (name == "op" && select.item(i).string() == "SETOP_NONE");
    if (!plain) return false;
  }
  return true;
}

}  // namespace

std::optional<ParseTree> parse(const Scanned& scanned, const Schema& schema, uint32_t text,
                               std::vector<Error>& errors) {
  const size_t before = errors.size();
  for (Error error : scanned.errors) {
    error.text = text;
    errors.push_back(std::move(error));
  }
  if (errors.size() > before) return std::nullopt;
  const auto whole = static_cast<uint32_t>(scanned.text.size());
  const Parsed parsed(scanned.sql);
  if (parsed.result.error != nullptr) {
    report(scanned, *parsed.result.error, schema, text, errors);
    return std::nullopt;
  }
  std::optional<ParseTree> tree = ParseTree::read(parsed.result.parse_tree);
  if (!tree.has_value()) {
    errors.push_back({text, 0, whole, "E0411", "the expression is nested too deep", "split it over several elements"});
    return std::nullopt;
  }
  if (!only_targets(tree->root())) {
    errors.push_back({text, 0, whole, "E0412", "this is a query, and an expression is wanted",
                      "leave out FROM, WHERE and what else belongs to a query"});
    return std::nullopt;
  }
  if (targets(*tree).size() == 0) {
    errors.push_back({text, whole, 0, "E0410", "the expression is empty", {}});
    return std::nullopt;
  }
  return tree;
}

const Tree& targets(const ParseTree& tree) {
  return tree.root().at("stmts").item(0).at("stmt").item(0).at("targetList");
}

}  // namespace blox::expr
