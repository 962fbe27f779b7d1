"""`.ci/run` fails when any of its steps fails, and `tools/dev` says what is wrong with its command line."""

import os
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
        for verb in ("setup", "build", "run", "test", "bench", "format", "lint", "asan", "tsan", "fuzz"):
            self.assertIn(f"\n  {verb} ", done.stdout)

    def test_refuses_an_unknown_verb(self):
        done = self.dev("tset")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no verb `tset`", done.stderr)


if __name__ == "__main__":
    unittest.main()
