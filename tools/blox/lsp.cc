// blox lsp: the language server, over standard input and output.
#include <cerrno>
#include <filesystem>

#include <poll.h>
#include <unistd.h>

#include "tools/blox/console.h"
#include "tools/blox/lsp/server.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// Secrets are for runs: an editor has no business with what they hold.
Result<std::string> no_secret(const std::string&) { return std::string(); }

// A topology may name anything in an `include`; what is no file could keep us waiting, or eat what the editor says.
Result<std::string> read_regular(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Status::outside("file.open", error ? error.message() : "this is no file");
  }
  return dsl::process_options().read(path);
}

bool input_waits() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

// False once nobody reads.
bool send(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    if (print_data(lsp::framed(message)) != 0) return false;
  }
  return true;
}

int serve(lsp::Server& server) {
  lsp::Framing framing;
  std::vector<char> bytes(size_t{64} << 10);
  while (true) {
    if (!input_waits() && !send(server.settle())) return kOutside;
    const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return kTopologyAtFault;  // an editor that is gone without `exit`
    framing.feed({bytes.data(), static_cast<size_t>(got)});
    while (const std::optional<lsp::Frame> frame = framing.next()) {
      if (!send(server.take(*frame))) return kOutside;
      if (server.exit_code()) return *server.exit_code();
    }
  }
}

}  // namespace

int language_server(Words words) {
  bool plugins = false;
  bool stdio = false;
  Options options("lsp [--plugins]",
                  "The language server for editors (LSP 3.17), over standard input and output. Exits with 0 after\n"
                  "`shutdown` and `exit`, with 1 after `exit` alone or when the editor goes away. tools/editors says\n"
                  "how editors start it.",
                  "blox lsp");
  options.flag("plugins", "load the plug-ins that topologies name: runs their code in this process", &plugins);
  options.flag("stdio", "what some editors say; it is the only way there is", &stdio);
  if (const std::optional<int> code = options.parse(words)) return *code;
  lsp::Rules rules;
  rules.load = dsl::process_options();
  rules.load.read = read_regular;
  rules.load.outside.secret = no_secret;
  rules.load_plugins = plugins;
  lsp::Server server(std::move(rules));
  return serve(server);
}

}  // namespace blox::tools
