"""The grammars are sound and know the words of the language: grammars.py BLOX"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FOLDER = os.path.join(TOP, "tools", "editors", "vscode")
sys.path.insert(0, os.path.join(TOP, "tests", "tools", "blox", "lsp"))

import drive  # noqa: E402


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def grammar(name):
    return read(f"syntaxes/{name}.tmLanguage.json")


def patterns(node):
    """All regular expressions in a grammar, and the rules that are included."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("match", "begin", "end", "while"):
                yield "pattern", value
            elif key == "include":
                yield "include", value
            else:
                yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


def words_of(pattern):
    """The words of the longest list of choices in a pattern."""
    return set(max(re.findall(r"[a-z_]+(?:\|[a-z_]+)+", pattern), key=len).split("|"))


def scopes(text):
    """What the rules of the blox grammar that are one `match` call each part of a text, first rule first."""
    rules = grammar("blox")
    out = {}
    for include in rules["patterns"]:
        for rule in rules["repository"][include["include"][1:]]["patterns"]:
            if "name" not in rule:
                continue
            for found in re.finditer(rule.get("match", rule.get("begin")), text):
                out.setdefault(found.group(0), rule["name"].removesuffix(".blox"))
    return out


def completed(text):
    """What the language server offers at the end of a text: label -> kind."""
    server = drive.Server()
    server.request("initialize")
    server.open("/grammar.blox", text)
    lines = text.split("\n")
    answer = server.request("textDocument/completion", {
        "textDocument": {"uri": "file:///grammar.blox"}, "position": {"line": len(lines) - 1, "character": len(lines[-1])}})
    server.request("shutdown")
    server.send(method="exit")
    server.end()
    return {item["label"]: item["kind"] for item in answer["result"]["items"]}


class Grammars(unittest.TestCase):
    def test_every_pattern_compiles_and_every_rule_exists(self):
        for name in ("blox", "bloxtest"):
            rules = grammar(name)
            for kind, text in patterns(rules):
                with self.subTest(grammar=name, text=text):
                    if kind == "pattern":
                        re.compile(text)
                    elif text.startswith("#"):
                        self.assertIn(text[1:], rules["repository"])
                    else:
                        self.assertEqual(text, "source.blox")

    def test_the_manifest_names_files_that_exist(self):
        manifest = read("package.json")
        contributes = manifest["contributes"]
        paths = [manifest["main"]]
        paths += [one["configuration"] for one in contributes["languages"]]
        paths += [one["path"] for one in contributes["grammars"]]
        for path in paths:
            self.assertTrue(os.path.isfile(os.path.join(FOLDER, path)), path)
        for one in contributes["grammars"]:
            self.assertEqual(read(one["path"])["scopeName"], one["scopeName"])
        for name in ("language-configuration.json", "bloxtest-configuration.json"):
            self.assertIn("comments", read(name))

    def test_keywords_are_those_of_the_language(self):
        keywords = {label for label, kind in completed("").items() if kind == 14}
        self.assertEqual(words_of(grammar("blox")["repository"]["keywords"]["patterns"][0]["match"]), keywords)

    def test_settings_are_those_of_the_language(self):
        settings = set(completed("Print { ")) | set(completed("a -> { "))
        self.assertEqual(words_of(grammar("blox")["repository"]["settings"]["patterns"][0]["match"]), settings)

    def test_types_are_those_of_the_language(self):
        types = set(completed("param n: "))
        self.assertEqual(words_of(grammar("blox")["repository"]["declarations"]["patterns"][1]["match"]), types)
        text = "".join(f"param p{i}: {name};\n" for i, name in enumerate(sorted(types)))
        done = subprocess.run([drive.BLOX, "check", "-e", text], capture_output=True, text=True, check=False)
        self.assertNotIn("E0212", done.stderr)

    def test_a_topology_is_coloured_as_one_reads_it(self):
        found = scopes('a -> Count(by = [word], least = 3ms) { queue = 64 } [x] => "text" b; // end')
        for text, scope in {"->": "keyword.operator.push", "=>": "keyword.operator.query", "Count": "entity.name.type.class",
                            "by": "support.type.property-name", "least": "variable.other.property", "3ms": "constant.numeric",
                            "queue": "support.type.property-name", "// end": "comment.line.double-slash"}.items():
            self.assertEqual(found.get(text), scope, text)

    def test_statements_of_text_tests_are_those_that_exist(self):
        verbs = words_of(grammar("bloxtest")["repository"]["statements"]["patterns"][0]["match"]) | {"case"}
        used = set()
        for path in glob.glob(os.path.join(TOP, "tests", "**", "*.bloxtest"), recursive=True):
            with open(path, encoding="utf-8") as file:
                used |= {line.split()[0] for line in file if re.match(r"[a-z]", line)}
        self.assertLessEqual(used, verbs)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "verbs.bloxtest")
            for verb in verbs - {"case"}:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(f"case title\n{verb} x\n")
                done = subprocess.run([drive.BLOX, "test", path], capture_output=True, text=True, check=False)
                self.assertNotIn("unknown statement", done.stdout + done.stderr, verb)


if __name__ == "__main__":
    drive.BLOX = sys.argv.pop(1)
    unittest.main()
