"""`.ci/run` fails when any of its steps fails, and `tools/dev` says what is wrong with its command line."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class CiRun(unittest.TestCase):
    def run_with(self, dev):
        """Runs .ci/run beside a tools/dev that is the given script."""
        with tempfile.TemporaryDirectory() as top:
            os.makedirs(os.path.join(top, ".ci"))
            os.makedirs(os.path.join(top, "tools"))
            shutil.copy(os.path.join(TOP, ".ci", "run"), os.path.join(top, ".ci", "run"))
            path = os.path.join(top, "tools", "dev")
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + dev)
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
            return subprocess.run(["bash", ".ci/run"], cwd=top, capture_output=True, text=True, check=False)

    def test_passes_when_all_steps_pass(self):
        done = self.run_with("exit 0\n")
        self.assertEqual(done.returncode, 0)
        for verb in ("test", "asan", "tsan"):
            self.assertIn(f"== tools/dev {verb} passed", done.stdout)

    def test_fails_with_the_first_step_that_fails(self):
        for verb in ("test", "asan", "tsan"):
            with self.subTest(verb=verb):
                done = self.run_with(f'[ "$1" != {verb} ] || exit 7\n')
                self.assertEqual(done.returncode, 7)
                self.assertTrue(done.stdout.endswith(f"== tools/dev {verb} FAILED (7)\n"), done.stdout)

    def test_fails_when_a_step_is_killed(self):
        self.assertNotEqual(self.run_with("kill -KILL $$\n").returncode, 0)


class Dev(unittest.TestCase):
    def dev(self, *arguments):
        return subprocess.run([os.path.join(TOP, "tools", "dev"), *arguments], capture_output=True, text=True, check=False)

    def test_lists_its_verbs(self):
        done = self.dev("--help")
        self.assertEqual(done.returncode, 0)
        for verb in ("setup", "build", "run", "install", "test", "bench", "format", "lint", "asan", "tsan", "fuzz"):
            self.assertIn(f"\n  {verb} ", done.stdout)

    def test_refuses_an_unknown_verb(self):
        done = self.dev("tset")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no verb `tset`", done.stderr)

    def setup_with(self, installed, apt):
        """Runs `tools/dev setup` with a dpkg-query that knows these packages and an apt-get that is this script."""
        with tempfile.TemporaryDirectory() as folder:
            programs = {
                "dpkg-query": f'shift 3; for p; do case " {installed} " in *" $p "*|*" ALL "*) echo "$p=installed";; esac; done',
                "apt-get": f'echo "apt-get $*" >>{folder}/calls; {apt}',
                "sudo": 'exec "$@"',
            }
            for name, text in programs.items():
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write("#!/bin/sh\n" + text + "\n")
                os.chmod(path, 0o755)
            done = subprocess.run(
                [os.path.join(TOP, "tools", "dev"), "setup"], capture_output=True, text=True, check=False,
                env={**os.environ, "PATH": folder + ":" + os.environ["PATH"]})
            calls = os.path.join(folder, "calls")
            if not os.path.exists(calls):
                return done, ""
            with open(calls, encoding="utf-8") as file:
                return done, file.read()

    def test_set_up_does_nothing_where_all_is_there(self):
        done, calls = self.setup_with("ALL", "exit 1")
        self.assertEqual((done.returncode, calls, done.stderr), (0, "", "all packages are installed\n"))

    def test_set_up_installs_what_is_missing(self):
        done, calls = self.setup_with("g++ cmake", "exit 0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("apt-get -qq update\n", calls)
        self.assertIn(" doctest-dev", calls)
        self.assertNotIn(" cmake", calls)

    def test_set_up_says_what_is_missing_where_it_cannot_install(self):
        done, _ = self.setup_with("g++ cmake", "echo no network; exit 100")
        self.assertEqual(done.returncode, 3)
        self.assertIn("no network", done.stderr)
        self.assertRegex(done.stderr, "could not be installed: .*doctest-dev")

    def test_set_up_goes_on_without_what_only_makes_it_quicker(self):
        with open(os.path.join(TOP, "tools", "dev"), encoding="utf-8") as file:
            needed = re.search(r"^needed=\((.*?)\)", file.read(), re.S | re.M).group(1)
        done, _ = self.setup_with(" ".join(needed.split()), "exit 100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("installing: mold ccache", done.stderr)


if __name__ == "__main__":
    unittest.main()
