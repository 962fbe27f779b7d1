"""Files and pages that a person can read in one sitting, and that speak of this project alone."""

import re

from tree import Problem

LONGEST_SOURCE = 400
LONGEST_README = 80
# Pages that teach, explain operation or are generated; the others say what a folder is for.
_LONG_PAGES = ("README.md", "elements/README.md", "topologies/README.md", "master/README.md", "caretaker/README.md")
_MACHINE = re.compile(r"(?<![\w.~}])/(work|root|Users)/[\w.-]+|(?<![\w.~}])/home/(?!user\b|you\b|me\b)[\w.-]+")


def check(tree):
    for path in tree.sources() + tree.paths(".py"):
        lines = tree.texts[path].count("\n")
        if lines > LONGEST_SOURCE:
            yield Problem(path, 0, f"has {lines} lines", "a file past 400 lines is usually two ideas: split it by noun",
                          warning=True)
    for path in tree.paths("README.md"):
        lines = tree.texts[path].count("\n")
        if lines > LONGEST_README and path not in _LONG_PAGES:
            yield Problem(path, 0, f"has {lines} lines; at most {LONGEST_README}",
                          "a folder's README is read before its code: purpose, nouns, invariants, what it may include")
    for folder in sorted(set(_folders(tree))):
        if f"{folder}/README.md" not in tree.texts:
            yield Problem(folder, 0, "has no README.md", "a stranger starts there: what the folder is for, in 80 lines")
    for path in tree.paths():
        if path.startswith("tools/checks/") or path.startswith("tests/tools/"):
            continue  # they hold bad examples
        for number, line in enumerate(tree.texts[path].split("\n"), 1):
            match = _MACHINE.search(line)
            if match and not path.startswith("tests/fuzz/corpus/"):
                yield Problem(path, number, f"`{match.group(0)}` is a path of somebody's machine",
                              "it exists nowhere else: take it from the command line or from the place of the file")


def _folders(tree):
    for path in tree.paths():
        parts = path.split("/")
        if parts[0] in ("core", "elements", "topologies") and len(parts) > 2:
            yield "/".join(parts[:2])
        if parts[0] in ("elements", "dsl", "master", "caretaker", "topologies", "tests", "tools"):
            yield parts[0]
