"""A header is a contract. That each compiles alone is proved by building the target `headers`."""

import re

from tree import Problem


def check(tree):
    for path in tree.paths(".h"):
        lines = tree.texts[path].split("\n")
        if not lines[0].startswith("// "):
            yield Problem(path, 1, "begins without a sentence that says what it is for",
                          "a header is a contract: first one sentence, then Owns, Threads, Bounds, Errors, Order, Cost")
        code = tree.code(path)
        if not any(re.match(r"#pragma once\b", line) for line in code):
            yield Problem(path, 0, "has no `#pragma once`", "a header may arrive by two ways")
        for number, line in enumerate(code, 1):
            if re.search(r"\busing\s+namespace\b", line):
                yield Problem(path, number, "`using namespace` in a header",
                              "it changes the meaning of names in every file that includes the header")
