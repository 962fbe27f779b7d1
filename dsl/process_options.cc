#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "dsl/lexer.h"
#include "dsl/program.h"

namespace blox::dsl {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// One byte above the bound is enough for the lexer to refuse the rest.
Result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return Status::outside("file.open", std::generic_category().message(errno));
  std::string out;
  char buffer[65536];
  while (out.size() <= kMaxText) {
    const size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    out.append(buffer, count);
    if (count < sizeof buffer) break;
  }
  if (std::ferror(file.get()) != 0) return Status::outside("file.read", std::generic_category().message(errno));
  return out;
}

Result<std::string> read_secret(const std::string& reference) {
  constexpr std::string_view kFile = "file:", kVariable = "env:";
  if (reference.starts_with(kVariable)) {
    const std::string name = reference.substr(kVariable.size());
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return Status::outside("secret.env", "the environment has no `" + name + "`");
    return std::string(value);
  }
  if (!reference.starts_with(kFile)) {
    return Status::user("secret.kind", "`" + reference + "` begins neither with `file:` nor with `env:`");
  }
  BLOX_ASSIGN(std::string text, read_file(reference.substr(kFile.size())));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();  // editors put it there, no password has it
  return text;
}

}  // namespace

LoadOptions process_options() {
  LoadOptions out;
  out.read = read_file;
  out.outside.env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  out.outside.secret = read_secret;
  return out;
}

}  // namespace blox::dsl
