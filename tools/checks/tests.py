"""Nothing lies beside the build, and everything has its test."""

import re

from tree import Problem

# Where a .cc may lie so that a glob of CMakeLists.txt builds it.
_BUILT = re.compile(
    r"core/\w+/.+\.cc|elements/\w+/.+\.cc|(dsl|master|caretaker)/.+\.cc|tools/blox/.+\.cc|"
    r"tests/(.+/)?\w+_test\.cc|tests/support/(main/)?\w+\.cc|tests/fuzz/\w+_fuzz\.cc|tests/bench/(.+/)?\w+_bench\.cc|"
    r"tests/plugins/\w+\.cc"
)
_CASE = re.compile(r'\bTEST_CASE(?:_FIXTURE\s*\(\s*[\w:]+\s*,|\s*\()\s*"((?:\\.|[^"\\])*)"')
# Folders of tests/ that mirror no folder of the sources.
_OWN = ("golden", "fuzz", "cluster", "bench", "regress", "support", "plugins")


def check(tree):
    yield from _unbuilt(tree)
    yield from _elements(tree)
    yield from _corpora(tree)
    yield from _mirror(tree)
    yield from _names(tree)


def _unbuilt(tree):
    for path in tree.paths(".cc"):
        if not _BUILT.fullmatch(path):
            yield Problem(path, 0, "is built by no glob of CMakeLists.txt",
                          "a file that is not built is not tested, and nobody notices")


def _elements(tree):
    for path in tree.paths(".cc", under="elements/"):
        if not any(re.match(r"BLOX_ELEMENT\w*\s*\(", line) for line in tree.code(path)):
            continue
        stem = path.removesuffix(".cc")
        if f"tests/{stem}.bloxtest" not in tree.texts:
            yield Problem(path, 0, f"the element has no text test: write tests/{stem}.bloxtest",
                          "a class is one .cc file and one text test")


def _corpora(tree):
    targets = {p.removeprefix("tests/fuzz/").removesuffix("_fuzz.cc") for p in tree.paths("_fuzz.cc", under="tests/fuzz/")}
    corpora = {p.split("/")[3] for p in tree.paths(under="tests/fuzz/corpus/") if p.count("/") >= 4}
    for name in sorted(targets - corpora):
        yield Problem(f"tests/fuzz/{name}_fuzz.cc", 0, f"has no inputs in tests/fuzz/corpus/{name}/",
                      "the test command replays each corpus: one input a feature, and each crash once it is mended")
    for name in sorted(corpora - targets):
        yield Problem(f"tests/fuzz/corpus/{name}", 0, f"belongs to no target tests/fuzz/{name}_fuzz.cc",
                      "inputs that nothing reads test nothing")


def _mirror(tree):
    folders = {p.rsplit("/", 1)[0] for p in tree.paths() if "/" in p}
    for path in tree.paths("_test.cc", "_test.py", under="tests/"):
        folder = path.removeprefix("tests/").rsplit("/", 1)[0]
        if folder.split("/")[0] not in _OWN and folder not in folders:
            yield Problem(path, 0, f"mirrors no folder: there is no `{folder}`",
                          "the tests of a folder are found at its path under tests/")


def _names(tree):
    seen = {}
    for path in tree.paths("_test.cc", under="tests/"):
        cases = list(_CASE.finditer(tree.texts[path]))
        if not cases:
            yield Problem(path, 0, "has no TEST_CASE", "an empty test is green whatever happens")
        for match in cases:
            name = match.group(1)
            line = tree.texts[path].count("\n", 0, match.start()) + 1
            if len(name.split()) < 3:
                yield Problem(path, line, f'"{name}" is no sentence',
                              'a test is named by what holds: "refuses a window of zero"')
            key = (path.rsplit("/", 1)[0], name)
            if key in seen:
                yield Problem(path, line, f'"{name}" stands at {seen[key]} too', "two tests of one name hide each other")
            seen[key] = f"{path}:{line}"
