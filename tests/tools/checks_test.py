"""Each structural check is given a small bad tree, which it must refuse, and a good one, which it must let pass."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools", "checks"))

import arrows  # noqa: E402
import banned  # noqa: E402
import headers  # noqa: E402
import libraries  # noqa: E402
import pages  # noqa: E402
import run  # noqa: E402
import tests as placement  # noqa: E402
from tree import Tree, blank  # noqa: E402

HEADER = "// A thing.\n#pragma once\n"


class Case(unittest.TestCase):
    def refuses(self, check, texts, message):
        problems = list(check.check(Tree(texts)))
        said = [f"{problem} {problem.why}" for problem in problems]
        self.assertTrue(any(message in s for s in said), f"`{message}` not among {said}")

    def accepts(self, check, texts):
        self.assertEqual([str(p) for p in check.check(Tree(texts))], [])


class Arrows(Case):
    def test_refuses_an_arrow_upwards(self):
        self.refuses(arrows, {"core/base/a.cc": '#include "core/data/log.h"\n', "core/data/log.h": HEADER},
                     "`core/base` includes `core/data`")

    def test_refuses_each_arrow_that_no_folder_is_allowed(self):
        folders = sorted(arrows.ALLOWED)
        for user in folders:
            for used in set(folders) - arrows.ALLOWED[user] - {user}:
                if (user, used) == ("tests", "elements"):
                    continue  # the mirror of a group may look into it
                with self.subTest(user=user, used=used):
                    self.refuses(arrows, {f"{user}/a/x.cc": f'#include "{used}/b/y.h"\n', f"{used}/b/y.h": HEADER}, "include")

    def test_has_no_circle(self):
        for user, used in arrows.ALLOWED.items():
            for folder in used - {user}:
                self.assertNotIn(user, arrows.ALLOWED[folder], f"{user} and {folder} include each other")

    def test_includes_nothing_of_tools_or_tests(self):
        for user, used in arrows.ALLOWED.items():
            self.assertNotIn("tests", used)
            if user != "tests":
                self.assertNotIn("tools", used - {user})

    def test_refuses_elements_that_know_each_other(self):
        self.refuses(arrows, {"elements/flow/a.cc": '#include "elements/text/b.h"\n', "elements/text/b.h": HEADER},
                     "another group of elements")

    def test_accepts_a_fuzz_target_of_one_group(self):
        self.accepts(arrows, {"tests/fuzz/a_fuzz.cc": '#include "elements/text/b.h"\n', "elements/text/b.h": HEADER})

    def test_accepts_a_header_shared_by_groups(self):
        self.accepts(arrows, {"elements/flow/a.cc": '#include "elements/support/b.h"\n', "elements/support/b.h": HEADER})

    def test_accepts_a_header_shared_within_a_group(self):
        self.accepts(arrows, {"elements/flow/a.cc": '#include "elements/flow/b.h"\n', "elements/flow/b.h": HEADER})

    def test_refuses_a_header_that_is_not_there(self):
        self.refuses(arrows, {"core/base/a.cc": '#include "a.h"\n', "core/base/a.h": HEADER}, "no file of the tree")

    def test_refuses_a_folder_without_a_place(self):
        self.refuses(arrows, {"core/magic/a.cc": ""}, "no place in the order")
        self.refuses(arrows, {"a.cc": ""}, "no place in the order")

    def test_accepts_arrows_downwards(self):
        self.accepts(arrows, {"core/run/a.cc": '#include "core/base/b.h"\n', "core/base/b.h": HEADER})


class Libraries(Case):
    def test_refuses_each_library_outside_its_owner(self):
        for header, owners in libraries.OWNERS.items():
            user = "core/graph/a.cc" if "tests" not in owners else "core/data/a.cc"
            name = header + "x.h" if header.endswith("/") else header + ("" if header.endswith(".h") else "/x.hpp")
            with self.subTest(header=header):
                self.refuses(libraries, {user: f"#include <{name}>\n"}, "one owner per library")

    def test_refuses_a_library_that_nobody_owns(self):
        self.refuses(libraries, {"core/base/a.cc": "#include <rapidjson/reader.h>\n"}, "belongs to no library")

    def test_refuses_a_library_in_a_header(self):
        self.refuses(libraries, {"core/state/a.h": "#include <lmdb.h>\n"}, "a header includes")
        self.refuses(libraries, {"core/state/a.h": "#include <fmt/format.h>\n"}, "a header includes")

    def test_accepts_owners_their_tests_benchmarks_and_the_system(self):
        self.accepts(libraries, {
            "core/state/a.cc": "#include <lmdb.h>\n#include <vector>\n#include <sys/stat.h>\n#include <fmt/format.h>\n",
            "tests/core/state/a_test.cc": "#include <doctest/doctest.h>\n#include <lmdb.h>\n",
            "tests/bench/a_bench.cc": "#include <zmq.hpp>\n#include <benchmark/benchmark.h>\n",
        })

    def test_refuses_a_library_in_the_tests_of_others(self):
        self.refuses(libraries, {"tests/core/run/a_test.cc": "#include <lmdb.h>\n"}, "one owner per library")


class Headers(Case):
    def test_refuses_a_header_without_its_sentence(self):
        self.refuses(headers, {"core/base/a.h": "#pragma once\n"}, "without a sentence")

    def test_refuses_a_header_without_pragma_once(self):
        self.refuses(headers, {"core/base/a.h": "// A thing.\n"}, "no `#pragma once`")

    def test_refuses_using_namespace_in_a_header(self):
        self.refuses(headers, {"core/base/a.h": HEADER + "using namespace std;\n"}, "`using namespace`")

    def test_accepts_a_header_with_both(self):
        self.accepts(headers, {"core/base/a.h": HEADER})


class Banned(Case):
    def test_each_rule_refuses_its_example(self):
        for rule in banned.RULES:
            under = (rule.under or ("elements/",))[0]
            path = next(f"{folder}x/a.cc" for folder in (under, "elements/", "master/") if banned.applies(rule, f"{folder}x/a.cc"))
            with self.subTest(rule=rule.pattern):
                self.refuses(banned, {path: rule.example + "\n"}, rule.why)

    def test_each_exception_is_honoured(self):
        for rule in banned.RULES:
            for place in rule.but:
                self.assertFalse(banned.applies(rule, place + ("a.cc" if place.endswith("/") else "")))

    def test_does_not_look_into_comments_and_literals(self):
        self.accepts(banned, {"core/run/a.cc": '// system("ls")\nauto a = "throw"; /* assert(x) */ auto b = R"x(catch ())x";\n'})

    def test_does_not_take_members_for_calls(self):
        self.accepts(banned, {"core/run/a.cc": "static_assert(true); clock.time(); a.exit(); graph->system(); timeout(0);\n  void abort();\n"})

    def test_accepts_a_todo_with_its_end(self):
        self.accepts(banned, {"core/run/a.cc": "// TODO(until decimals exist): refuse them\n"})


class Pages(Case):
    def test_warns_of_a_long_file(self):
        problems = list(pages.check(Tree({"core/base/a.cc": "\n" * 401, "core/base/README.md": ""})))
        self.assertTrue(any("401 lines" in p.text and p.warning for p in problems))

    def test_refuses_a_long_readme(self):
        self.refuses(pages, {"core/base/README.md": "\n" * 81}, "81 lines")

    def test_refuses_a_folder_without_readme(self):
        self.refuses(pages, {"core/base/a.cc": ""}, "no README.md")

    def test_refuses_paths_of_a_machine(self):
        for path in ("/home/" + "ann/blox", "/wo" + "rk/main", "/ro" + "ot/x", "/Us" + "ers/ann"):
            self.refuses(pages, {"README.md": f"see {path}\n"}, "somebody's machine")

    def test_accepts_paths_inside_the_tree(self):
        self.accepts(pages, {"README.md": "tests/work/x and build/root/y and https://a.b/home/x and /tmp/x and ~/work/y\n"})


class Placement(Case):
    def test_refuses_a_source_that_nothing_builds(self):
        for path in ("core/a.cc", "tests/core/base/a.cc", "elements/a.cc", "tools/a.cc"):
            self.refuses(placement, {path: ""}, "built by no glob")

    def test_refuses_an_element_without_test(self):
        element = {"elements/flow/head.cc": "BLOX_ELEMENT(Head);\n"}
        self.refuses(placement, element, "no text test")
        unit = {"tests/elements/flow/head_test.cc": 'TEST_CASE("it does hold") {}'}
        self.refuses(placement, {**element, **unit}, "no text test")

    def test_accepts_an_element_with_a_text_test(self):
        self.accepts(placement, {"elements/flow/head.cc": "BLOX_ELEMENT(Head);\n", "tests/elements/flow/head.bloxtest": ""})

    def test_refuses_a_fuzz_target_without_corpus_and_a_corpus_without_target(self):
        self.refuses(placement, {"tests/fuzz/a_fuzz.cc": ""}, "no inputs")
        self.refuses(placement, {"tests/fuzz/corpus/a/1": ""}, "no target")
        self.accepts(placement, {"tests/fuzz/a_fuzz.cc": "", "tests/fuzz/corpus/a/1": ""})

    def test_refuses_tests_of_a_folder_that_is_gone(self):
        self.refuses(placement, {"tests/core/old/a_test.cc": 'TEST_CASE("it does hold") {}'}, "mirrors no folder")

    def test_refuses_empty_and_unnamed_and_doubled_tests(self):
        place = {"core/base/a.h": HEADER}
        self.refuses(placement, {**place, "tests/core/base/a_test.cc": ""}, "no TEST_CASE")
        self.refuses(placement, {**place, "tests/core/base/a_test.cc": 'TEST_CASE("a") {}'}, "no sentence")
        twice = 'TEST_CASE("it does hold") {}\n'
        self.refuses(placement, {**place, "tests/core/base/a_test.cc": twice + twice}, "stands at")


class Program(unittest.TestCase):
    def run_on(self, texts):
        with tempfile.TemporaryDirectory() as top:
            for path, text in texts.items():
                os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
                with open(os.path.join(top, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return subprocess.run([sys.executable, run.__file__, top], capture_output=True, text=True, check=False)

    def test_fails_and_prints_place_and_reason(self):
        done = self.run_on({"core/base/a.cc": "int f() {\n  throw 1;\n}\n", "core/base/README.md": ""})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"core/base/a\.cc:2: error: `throw`\n    why: ")

    def test_passes_a_good_tree(self):
        done = self.run_on({"core/base/a.cc": "int f() { return 1; }\n", "core/base/README.md": "Base.\n"})
        self.assertEqual((done.returncode, done.stdout), (0, "structure: 1 sources, 0 errors, 0 warnings\n"))

    def test_fails_where_there_is_nothing_to_check(self):
        self.assertEqual(self.run_on({"README.md": ""}).returncode, 1)

    def test_every_check_is_run(self):
        sources = Tree.of_checkout(os.path.dirname(run.__file__)).texts
        with_check = {name for name, text in sources.items() if re.search(r"^def check\(", text, re.M)}
        self.assertEqual(with_check, {f"{c.__name__}.py" for c in run.CHECKS})


class Blanking(unittest.TestCase):
    def test_keeps_the_shape(self):
        text = 'a "b//c" // d\n/* e\nf */ g \'"\' 1\'000 R"(h\n")" i\n#include "x.h" // j\n'
        blanked = blank(text)
        self.assertEqual([len(line) for line in blanked.split("\n")], [len(line) for line in text.split("\n")])
        self.assertEqual(blanked.split(), ["a", "g", "1'000", "i", "#include", '"x.h"'])


if __name__ == "__main__":
    unittest.main()
