// Starts `blox lsp` and connects it with the editor.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const settings = workspace.getConfiguration("blox");
  const server = { command: settings.get("path"), args: settings.get("plugins") ? ["lsp", "--plugins"] : ["lsp"] };
  client = new LanguageClient("blox", "Datablox", server, {
    documentSelector: [{ language: "blox" }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.{blox,yaml,yml}") },
  });
  return client.start();
};

exports.deactivate = () => client && client.stop();
