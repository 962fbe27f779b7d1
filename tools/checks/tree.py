"""The files of a checkout as the checks see them, and what a check says about them."""

import os
import re
import subprocess
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    path: str
    line: int  # from 1; 0 where the whole file is meant
    text: str  # what is wrong
    why: str  # the reason for the rule, and what to do instead
    warning: bool = False  # shown, but does not fail

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {'warning' if self.warning else 'error'}: {self.text}"


@dataclass
class Tree:
    """Path from the top of the checkout -> text."""

    texts: dict = field(default_factory=dict)
    _code: dict = field(default_factory=dict)

    @staticmethod
    def of_checkout(top):
        tree = Tree()
        for path in _paths(top):
            full = os.path.join(top, path)
            if not os.path.isfile(full) or os.path.islink(full):
                continue
            with open(full, "rb") as file:
                data = file.read()
            if b"\0" not in data[:8192]:  # text only
                tree.texts[path] = data.decode("utf-8", errors="replace")
            else:
                tree.texts[path] = ""  # present, nothing to read
        return tree

    def paths(self, *endings, under=""):
        return [p for p in sorted(self.texts) if p.startswith(under) and (not endings or p.endswith(endings))]

    def sources(self, under=""):
        return self.paths(".cc", ".h", under=under)

    def code(self, path):
        """The lines of a C++ source with comments and the insides of literals blanked out."""
        if path not in self._code:
            self._code[path] = blank(self.texts[path]).split("\n")
        return self._code[path]

    def includes(self, path):
        """(line, name, quoted) of each #include."""
        for number, line in enumerate(self.texts[path].split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
            if match:
                yield number, match.group(1) or match.group(2), match.group(1) is not None


def _paths(top):
    command = ["git", "-C", top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        return [p for p in listed.stdout.decode("utf-8", errors="surrogateescape").split("\0") if p]
    paths = []  # an unpacked archive
    for folder, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f != ".git" and not f.startswith("build")]
        paths += [os.path.relpath(os.path.join(folder, f), top) for f in files]
    return paths


_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"([^()\\\s]{0,16})\(.*?\)\1"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def blank(text):
    """C++ text of the same shape, without what stands in comments and literals (#include lines stay)."""

    def replace(match):
        token = match.group(0)
        start = text.rfind("\n", 0, match.start()) + 1
        if token[0] == '"' and re.match(r"\s*#\s*include", text[start : match.start()]):
            return token
        return re.sub(r"[^\n]", " ", token)

    return _TOKEN.sub(replace, text)
