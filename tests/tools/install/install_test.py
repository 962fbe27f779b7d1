"""What `cmake --install` puts in place is all that somebody with a compiler needs to write a plug-in.

    python3 tests/tools/install/install_test.py BUILD_FOLDER COMPILER

Installs below DESTDIR and moves the prefix, so that nothing can know where it was meant to be.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 2 else ""
COMPILER = sys.argv.pop(1) if len(sys.argv) > 1 else ""


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="blox_install_")
        stage = os.path.join(cls.folder, "stage")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/elsewhere"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DESTDIR": stage})
        cls.prefix = os.path.join(cls.folder, "a place")  # with a space: paths must survive it
        os.rename(os.path.join(stage, "opt", "elsewhere"), cls.prefix)
        cls.environment = {**os.environ, "PATH": f"{cls.prefix}/bin:{os.environ['PATH']}", "CXX": COMPILER,
                           "PKG_CONFIG_PATH": f"{cls.prefix}/lib/pkgconfig"}
        cls.environment.pop("BLOX_PATH", None)
        cls.project = os.path.join(cls.folder, "geo")
        os.mkdir(cls.project)
        cls.ran(["blox", "new", "element", "Geo"])
        cls.ran(["cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug"])  # quickest to compile
        cls.ran(["cmake", "--build", "build"])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_here(cls, words, **more):
        return subprocess.run(words, cwd=cls.project, env={**cls.environment, **more}, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    @classmethod
    def ran(cls, words, **more):
        done = cls.run_here(words, **more)
        if done.returncode != 0:
            raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def test_a_new_project_is_complete(self):
        self.assertEqual(sorted(n for n in os.listdir(self.project) if not n.startswith(("build", "other", "number"))),
                         ["CMakeLists.txt", "README.md", "geo.blox", "geo.bloxtest", "geo.cc"])

    def test_the_new_project_passes_its_own_test(self):
        self.assertIn("100% tests passed, 0 tests failed out of 1", self.ran(["ctest", "--test-dir", "build"]))

    def test_a_topology_runs_with_the_plug_in(self):
        said = self.ran(["blox", "run", "--quiet", "geo.blox"], BLOX_PATH="build")
        self.assertEqual(said, '{"value":0}\n{"value":1}\n{"value":2}\n')
        self.assertIn("Geo: Says in one sentence", self.ran(["blox", "describe", "Geo", "--plugin", "build/geo.so"]))

    def test_a_plug_in_of_an_older_release_is_refused_by_both_stamps(self):
        with open(os.path.join(self.project, "build", "geo.so"), "rb") as file:
            image = file.read()
        self.assertIn(b"datablox 0.", image)
        os.makedirs(os.path.join(self.project, "other"), exist_ok=True)
        with open(os.path.join(self.project, "other", "geo.so"), "wb") as file:
            file.write(image.replace(b"datablox 0.", b"datablox 9."))
        done = self.run_here(["blox", "run", "--quiet", "geo.blox"], BLOX_PATH="other")
        self.assertEqual(done.returncode, 1)
        self.assertIn("geo.blox:2:8: error[E0904]", done.stdout)
        self.assertRegex(done.stdout, r"was built for another program: its stamp is `datablox 9\..*`, this program's "
                                      r"`datablox 0\.")

    def test_pkg_config_is_enough_and_every_header_stands_alone(self):
        if shutil.which("pkg-config") is None:
            self.skipTest("pkg-config is not installed")
        root = os.path.join(self.prefix, "include", "datablox")
        headers = [os.path.relpath(os.path.join(folder, name), root)
                   for folder, _, names in os.walk(root) for name in names]
        source = os.path.join(self.project, "other.cc.in")  # no .cc: the project would take it for one of its own
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(f'#include "{header}"\n' for header in sorted(headers))
            file.writelines(line + "\n" for line in lines_of(os.path.join(TOP, "tests", "plugins", "authoring.cc")))
        self.ran(["sh", "-c", 'eval "$CXX $(pkg-config --cflags datablox)" -Wall -Wextra -Werror -shared -fPIC -x c++ '
                              "other.cc.in -o number.so"])
        said = self.ran(["blox", "run", "-q", "-e", 'plugin "number.so"; Counter(limit = 2) -> Number(by = [value]) -> Print'])
        self.assertEqual(said, '{"value":0,"number":1}\n{"value":1,"number":1}\n')

    def test_only_headers_for_authors_are_installed(self):
        root = os.path.join(self.prefix, "include", "datablox")
        self.assertEqual(os.listdir(root), ["core"])
        with open(os.path.join(TOP, "elements", "AUTHORING.md"), encoding="utf-8") as file:
            for header in set(re.findall(r"core/[\w/]+\.h\b", file.read())):
                self.assertTrue(os.path.exists(os.path.join(root, header)), f"AUTHORING.md names {header}")
        for inner in ("core/run", "core/graph", "core/queue", "core/element/elf.h", "core/element/describe.h"):
            self.assertFalse(os.path.exists(os.path.join(root, inner)), inner)

    def test_nothing_installed_knows_where_it_was_built_or_meant_to_be(self):
        for folder, _, names in os.walk(self.prefix):
            for name in names:
                if name == "blox" and folder.endswith("/bin"):
                    continue
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                self.assertNotIn("/opt/elsewhere", text, name)
                self.assertNotIn(TOP + "/", text, name)

    def test_the_release_is_the_same_everywhere(self):
        release = self.ran(["blox", "--version"]).split()[1]
        self.assertIn(f"Version: {release}", lines_of(os.path.join(self.prefix, "lib", "pkgconfig", "datablox.pc")))
        self.assertIn(f"find_package(datablox {release} REQUIRED)", lines_of(os.path.join(self.project, "CMakeLists.txt")))

    def test_the_classes_are_there_as_data(self):
        with open(os.path.join(self.prefix, "share", "datablox", "elements.json"), encoding="utf-8") as file:
            classes = {c["name"]: c for c in json.load(file)}
        self.assertEqual(classes["Counter"], json.loads(self.ran(["blox", "describe", "Counter", "--format", "json"])))

    def test_each_verb_has_a_manual_page_with_its_options(self):
        pages = os.path.join(self.prefix, "share", "man", "man1")
        listed = [line.split()[0] for line in self.ran(["blox", "--help"]).splitlines() if line.startswith("  ")]
        verbs = listed[:-1]  # the last line is an example
        self.assertEqual(sorted(os.listdir(pages)), sorted(["blox.1", *(f"blox-{verb}.1" for verb in verbs)]))
        for verb in verbs:
            page = "\n".join(lines_of(os.path.join(pages, f"blox-{verb}.1"))).replace("\\-", "-")
            for option in re.findall(r"^  (?:-\w, |    )(--[\w-]+)", self.ran(["blox", verb, "--help"]), re.MULTILINE):
                self.assertIn(f"\\fB{option}\\fR", page, verb)

    def test_manual_pages_are_clean_roff(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        pages = os.path.join(self.prefix, "share", "man", "man1")
        said = self.ran(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z", *(os.path.join(pages, p) for p in os.listdir(pages))])
        self.assertEqual(said, "")

    def test_each_shell_finds_its_completion(self):
        for path, first in (("bash-completion/completions/blox", "# Completion"), ("zsh/site-functions/_blox", "#compdef blox"),
                            ("fish/vendor_completions.d/blox.fish", "# Completion")):
            self.assertTrue(lines_of(os.path.join(self.prefix, "share", path))[0].startswith(first), path)

    def test_a_second_class_joins_the_project_and_nothing_is_written_over(self):
        folder = os.path.join(self.folder, "two")
        os.mkdir(folder)
        self.ran(["blox", "new", "element", "First", "--in", folder])
        said = self.ran(["blox", "new", "element", "SecondOne", "--in", folder])
        self.assertEqual(said.split(), [word for name in ("second_one.cc", "second_one.bloxtest", "second_one.blox")
                                        for word in ("wrote", f"{folder}/{name}")])
        again = self.run_here(["blox", "new", "element", "First", "--in", folder])
        self.assertEqual((again.returncode, again.stdout),
                         (2, f"blox: {folder}/first.cc exists already; nothing was written\n"))

    def test_in_a_checkout_a_class_is_a_source_and_a_test_each_in_its_own_tree(self):
        top = os.path.join(self.folder, "checkout")
        for folder in ("core/element", "elements/text", "tests/elements"):
            os.makedirs(os.path.join(top, folder))
        with open(os.path.join(top, "core/element/element.h"), "w", encoding="utf-8"):
            pass
        source, test = f"{top}/elements/text/geo.cc", f"{top}/tests/elements/text/geo.bloxtest"
        for place, words in ((top, ["--in", "elements/text"]), (os.path.dirname(source), []),
                             (self.project, ["--in", f"{top}/elements/text"])):
            with self.subTest(place=place):
                done = subprocess.run(["blox", "new", "element", "Geo", *words], cwd=place, env=self.environment,
                                      text=True, capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("BLOX_PLUGIN", "".join(lines_of(source)))
                self.assertNotIn("plugin", "".join(lines_of(test)))
                self.assertEqual(len(os.listdir(os.path.dirname(source))), 1)
                os.remove(source)
                os.remove(test)
        for folder in ("", "elements", "core/element", "elements/none"):
            refused = self.run_here(["blox", "new", "element", "Geo", "--in", os.path.join(top, folder)])
            self.assertEqual(refused.returncode, 2, folder)
            self.assertIn("is no group of elements in this checkout", refused.stdout)

    def test_another_compiler_is_refused_before_anything_is_compiled(self):
        other = shutil.which("g++" if "clang" in os.path.basename(COMPILER) else "clang++")
        if other is None:
            self.skipTest("there is one compiler only")
        done = self.run_here(["cmake", "-S", ".", "-B", "build-other", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={other}"])
        shutil.rmtree(os.path.join(self.project, "build-other"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("loads no plug-in of", " ".join(done.stdout.split()))


if __name__ == "__main__":
    unittest.main()
