"""A disk that is full ends a run with an error, and what had been written is whole."""

import json
import os
import resource
import signal
import subprocess
import unittest

from command import OUTSIDE_FAILED, CommandTest

ROOM = 600 << 10
WRITE = 'Counter(limit = 300000) -> WriteFile(path = "disk/out.json")'
STORE = 'Counter(limit = 300000) -> Store(path = "disk/s.lmdb", key = [value], commit_bytes = 64KiB)'
COUNT = ('Counter(limit = 1) -> store :: Store(path = "disk/s.lmdb", key = [value]); '
         "Ask(question = {all: true}) [ask] => [count] store")


def room_for_files():
    """In the child: no file grows beyond ROOM."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; a shell does not
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))


class Full(CommandTest):
    """The same tests with a bound on the size of a file; below with a file system that is full."""

    REASONS = ("File too large", "Input/output error")
    LIMITED = {"preexec_fn": room_for_files}

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("disk"))

    def make_room(self):
        pass

    def full(self, topology, element):
        done = self.run_text(topology, **self.LIMITED)
        self.fails(done, OUTSIDE_FAILED, element, "cannot write")
        self.assertTrue(any(reason in done.err for reason in self.REASONS), done.err)
        return done

    def test_write_file_leaves_whole_records_beside_the_file_of_before(self):
        self.write("disk/out.json", "of before\n")
        done = self.full(WRITE, "error: WriteFile@1: ")
        self.assertIn("make room; whole records written so far are in ", done.err)
        self.assertEqual(self.read("disk/out.json"), "of before\n")
        lines = self.read("disk/out.json.blox-part").split("\n")
        self.assertEqual(lines.pop(), "")
        self.assertGreater(len(lines), 1000)
        self.assertEqual([json.loads(line)["value"] for line in lines], list(range(len(lines))))
        self.make_room()
        self.succeeds(self.run_text(WRITE))
        self.assertEqual(self.read("disk/out.json").count("\n"), 300000)
        self.assertFalse(self.exists("disk/out.json.blox-part"))

    def test_a_store_keeps_what_was_committed(self):
        done = self.full(STORE, "error: Store@1: disk/s.lmdb: ")
        self.assertRegex(done.err, "(make room|the disk may be full or broken); what was committed is whole")
        self.make_room()
        done = self.run_text(COUNT)
        self.succeeds(done)
        count = int(done.err.split("{all: true} → {count: ")[1].split("}")[0])
        self.assertGreater(count, 1000)
        self.succeeds(self.run_text(STORE))


class FullFileSystem(Full):
    REASONS = ("No space left on device", "Input/output error")
    LIMITED = {}

    def setUp(self):
        super().setUp()
        mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", self.path("disk")], capture_output=True, check=False)
        if not mounted or mounted.returncode != 0:
            self.skipTest("no small file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.path("disk")], check=False)

    def make_room(self):
        subprocess.run(["mount", "-o", "remount,size=64m", self.path("disk")], check=True)


class StandardOutput(CommandTest):
    def test_a_run_whose_output_cannot_be_written_fails_and_names_the_element(self):
        with open("/dev/full", "wb") as full:
            done = self.run_text("Counter(limit = 100000) -> shown :: Print", stdout=full)
        self.fails(done, OUTSIDE_FAILED, "error: shown: standard output: cannot write: No space left on device")

    def test_a_verb_whose_output_cannot_be_written_fails(self):
        for words in (["list"], ["describe", "Count"], ["check", "-v", "-e", "Counter(limit = 1) -> Print"]):
            with open("/dev/full", "wb") as full:
                done = self.blox(*words, stdout=full)
            self.fails(done, OUTSIDE_FAILED, "blox: standard output: cannot write: No space left on device")


if __name__ == "__main__":
    unittest.main()
