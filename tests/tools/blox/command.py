"""The built command as its users meet it: a process in a folder of its own, with a bound on time."""

import json
import os
import subprocess
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BLOX = os.environ.get("BLOX", os.path.join(TOP, "build", "blox"))
PLUGINS = os.environ.get("BLOX_PLUGINS", os.path.join(TOP, "build", "tests", "plugins"))
LONGEST = 30  # seconds; each process takes some 30 ms

DONE, TOPOLOGY_AT_FAULT, COMMAND_LINE_AT_FAULT, OUTSIDE_FAILED = range(4)


class Done:
    """A process that has ended."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out.decode("utf-8")
        self.err = err.decode("utf-8")

    def summary(self):
        """Of a run with `--summary json`."""
        return json.loads([line for line in self.err.splitlines() if line.startswith("{")][-1])

    def refused(self):
        """{(element, code): count} of such a run."""
        return {
            (element["path"], fault["code"]): fault["records"]
            for element in self.summary()["elements"] for fault in element["refused"]
        }


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="blox-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8"))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def exists(self, name):
        return os.path.exists(self.path(name))

    def blox(self, *words, stdin="", **more):
        """Runs it to its end."""
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([BLOX, *words], cwd=self.folder, input=stdin.encode("utf-8"), stderr=subprocess.PIPE,
                              timeout=LONGEST, check=False, **more)
        return Done(done.returncode, done.stdout or b"", done.stderr)

    def run_text(self, topology, *words, **more):
        return self.blox("run", *words, "-e", topology, **more)

    def start(self, topology, *words, **more):
        """Starts a run, which is killed at the end of the test if it has not ended."""
        more.setdefault("stdin", subprocess.DEVNULL)
        # Unbuffered: what a test has not read is left for end_of().
        process = subprocess.Popen([BLOX, "run", *words, "-e", topology], cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, bufsize=0, **more)

        def end():
            process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def end_of(self, process):
        out, err = process.communicate(timeout=LONGEST)
        return Done(process.returncode, out, err)

    def until(self, holds, what):
        """Waits for what another process does."""
        end = time.monotonic() + LONGEST
        while not holds():
            self.assertLess(time.monotonic(), end, f"waited in vain until {what}")
            time.sleep(0.002)

    def fails(self, done, code, *parts):
        """It ended with this code, and what it said has all of these, the element and the thing at fault first."""
        self.assertEqual(done.code, code, done.err)
        for part in parts:
            self.assertIn(part, done.err)
        for bug in ("bug:", "Sanitizer", "runtime error"):
            self.assertNotIn(bug, done.err)

    def succeeds(self, done):
        self.assertEqual(done.code, DONE, done.err)
