#!/bin/sh
# pages.sh BLOX FOLDER: what the command says of itself, as files in a folder.
set -eu
rm -rf "$2"
mkdir -p "$2"
"$1" man --write "$2/man"
"$1" list --format json >"$2/elements.json"
for shell in bash zsh fish; do
  "$1" completion "$shell" >"$2/blox.$shell"
done
