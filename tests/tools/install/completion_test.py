"""The completion scripts, each asked by its own shell.

    python3 tests/tools/install/completion_test.py build/blox
"""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BLOX = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
PATIENCE = 30  # seconds that a shell may take to answer


def needs(shell):
    return unittest.skipIf(shutil.which(shell) is None, f"{shell} is not installed")


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="blox_completion_")
        cls.home = tempfile.mkdtemp(prefix="blox_completion_home_")  # shells leave things there
        for name in ("one.blox", "two words.blox", "three.yaml", "plain.txt", "case.bloxtest"):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8"):
                pass
        os.mkdir(os.path.join(cls.folder, "inner"))
        for shell in ("bash", "zsh", "fish"):
            with open(os.path.join(cls.folder, "." + shell), "w", encoding="utf-8") as file:
                subprocess.run([BLOX, "completion", shell], stdout=file, check=True)
        words = subprocess.run([BLOX, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        cls.verbs = sorted(line.split()[0] for line in words.splitlines() if line.startswith("  "))
        cls.verbs.remove("blox")  # the example

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        shutil.rmtree(cls.home)

    def said(self, *words):
        done = subprocess.run(words, cwd=self.folder, env={**os.environ, "HOME": self.home}, stdin=subprocess.DEVNULL,
                              text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def bash(self, *words):
        """What bash offers in place of the last word; `--a=b` comes as three words, as in bash itself."""
        script = 'source .bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _blox; ' \
                 'for one in "${COMPREPLY[@]}"; do echo "$one"; done'
        return sorted(self.said("bash", "--norc", "-c", script, "bash", "blox", *words))

    def test_bash_completes_verbs(self):
        self.assertEqual(self.bash("des"), ["describe"])
        self.assertEqual(self.bash(""), sorted([*self.verbs, "--help", "--version"]))

    def test_bash_completes_options_of_the_verb(self):
        self.assertEqual(self.bash("run", "--s"), ["--set", "--summary"])
        self.assertEqual(self.bash("check", "--s"), ["--set"])

    def test_bash_completes_values_of_options(self):
        self.assertEqual(self.bash("run", "--summary", ""), ["json", "text"])
        self.assertEqual(self.bash("run", "--summary", "="), ["json", "text"])
        self.assertEqual(self.bash("graph", "--format", "=", "m"), ["mermaid"])
        self.assertEqual(self.bash("new", "element", "Geo", "--in", "i"), ["inner"])
        self.assertEqual(self.bash("run", "--threads", ""), [])

    def test_bash_completes_classes_and_verbs_where_they_are_meant(self):
        self.assertEqual(self.bash("describe", "Count"), ["Count", "Counter"])
        self.assertEqual(self.bash("describe", "Count", "Cou"), ["Count", "Counter"])
        self.assertEqual(self.bash("man", "des"), ["describe"])
        self.assertEqual(self.bash("completion", ""), ["bash", "fish", "zsh"])
        self.assertEqual(self.bash("new", ""), ["element", "topology"])

    def test_bash_completes_files_that_the_verb_reads(self):
        self.assertEqual(self.bash("run", ""), ["inner", "one.blox", "three.yaml", "two words.blox"])
        self.assertEqual(self.bash("test", ""), ["case.bloxtest", "inner"])
        self.assertEqual(self.bash("describe", "--plugin", "p"), ["plain.txt"])

    def test_bash_uses_the_script_for_blox(self):
        self.assertEqual(self.said("bash", "--norc", "-c", "source .bash; complete -p blox"), ["complete -F _blox blox"])

    def fish(self, line):
        offered = self.said("fish", "--no-config", "-c", "source .fish; complete -C $argv[1]", line)
        return sorted(one.split("\t")[0] for one in offered)

    @needs("fish")
    def test_fish_completes_the_same(self):
        self.assertEqual(self.fish("blox "), self.verbs)
        self.assertEqual(self.fish("blox run --s"), ["--set", "--summary"])
        self.assertEqual(self.fish("blox run --summary "), ["json", "text"])
        self.assertEqual(self.fish("blox describe Count"), ["Count", "Counter"])
        self.assertEqual(self.fish("blox describe check "), self.fish("blox describe "))
        self.assertEqual(self.fish("blox new element Geo --in "), ["inner/"])
        self.assertIn("one.blox", self.fish("blox run o"))

    @needs("zsh")
    def test_zsh_completes_the_same(self):
        self.zsh("autoload -U compinit; compinit -u -D; source .zsh", (
            ("des", "describe "), ("run --su", "run --summary="), ("run --summary=j", "run --summary=json "),
            ("describe Aggr", "describe Aggregate "), ("run o", "run one.blox "), ("test c", "test case.bloxtest "),
            ("new e", "new element "), ("new element Geo --in i", "new element Geo --in inner/")))

    @needs("zsh")
    def test_zsh_finds_the_script_on_its_path_and_uses_it_from_the_first_time_on(self):
        os.mkdir(os.path.join(self.folder, "inner", "functions"))
        shutil.copy(os.path.join(self.folder, ".zsh"), os.path.join(self.folder, "inner", "functions", "_blox"))
        self.zsh("fpath+=($PWD/inner/functions); autoload -U compinit; compinit -u -D", (
            ("des", "describe "), ("list --f", "list --format=")))

    def zsh(self, start, typed_and_completed):
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "PS1": "", "TERM": "dumb", "HOME": self.home})
        try:
            self.type(terminal, f"{start}; print do''ne\n", "done")
            # A key that prints the line as it is now: on the screen it comes in pieces.
            self.type(terminal, "show() { print \"<$BUFFER>\"; BUFFER=; }; zle -N show; bindkey '^T' show; print o''k\n", "ok")
            for typed, completed in typed_and_completed:
                with self.subTest(typed=typed):
                    self.type(terminal, f"blox {typed}\t\x14", f"<blox {completed}>")
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)

    def type(self, terminal, text, answer):
        """Types into a shell, and waits for what it makes of it."""
        os.write(terminal, text.encode())
        self.wait_for(terminal, answer)

    def wait_for(self, terminal, text):
        seen = ""
        while text not in seen:
            ready, _, _ = select.select([terminal], [], [], PATIENCE)
            self.assertTrue(ready, f"zsh did not say {text!r} but {seen!r}")
            seen += os.read(terminal, 4096).decode("utf-8", errors="replace")


if __name__ == "__main__":
    unittest.main()
