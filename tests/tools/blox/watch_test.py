"""A topology that is changed while it runs: blox run --watch."""

import os
import signal
import subprocess
import unittest

from command import BLOX, COMMAND_LINE_AT_FAULT, CommandTest

BEFORE = """
source :: Counter; slow :: Throttle(rate = 500, burst = 1);
source -> slow -> counts :: Count(by = [value], emit = every(1s)) -> Print;
"""


class Watch(CommandTest):
    def start_watched(self, text, *words):
        self.write("a.blox", text)
        self.err = open(self.path("err"), "wb")
        self.addCleanup(self.err.close)
        process = subprocess.Popen([BLOX, "run", "-q", "--watch", "--control", "s", *words, "a.blox"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.err)

        def end():
            process.kill()
            process.wait()

        self.addCleanup(end)
        return process

    def change(self, text):
        """As editors do: another file takes the place of the first."""
        self.write("new", text)
        os.rename(self.path("new"), self.path("a.blox"))

    def said(self, text):
        self.until(lambda: text in self.read("err"), f"it says {text!r}")

    def get(self, name):
        done = self.blox("get", "--control", "s", name)
        return float(done.out) if done.code == 0 else -1

    def test_only_what_has_changed_is_made_anew_and_keeps_its_state(self):
        process = self.start_watched(BEFORE)
        self.until(lambda: self.get("counts.keys") > 50, "records are counted")
        self.change(BEFORE.replace("every(1s)", "every(200ms)"))
        self.said("changed  counts: other arguments or settings; keeps its state\n3 elements run on\n")
        self.assertGreater(self.get("counts.keys"), 50)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 0, self.read("err"))

    def test_a_version_at_fault_is_shown_and_the_old_one_runs_on(self):
        self.start_watched(BEFORE)
        self.until(lambda: self.get("counts.keys") > 0, "records are counted")
        self.change(BEFORE.replace("Throttle", "Throtle"))
        self.said("did you mean `Throttle`?")
        self.said("what ran before runs on\n")
        before = self.get("counts.keys")
        self.until(lambda: self.get("counts.keys") > before, "it goes on")
        self.change(BEFORE.replace("500", "5000"))
        self.said("changed  slow: other arguments or settings; keeps its state")
        self.until(lambda: self.get("slow.rate") == 5000, "the new rate holds")

    def test_what_cannot_be_opened_leaves_the_old_one_running(self):
        self.start_watched(BEFORE)
        self.until(lambda: self.get("counts.keys") > 50, "records are counted")
        self.change(BEFORE.replace("Print", "WriteFile(path = \"no/such/folder/file\")"))
        self.said("what ran before runs on\n")
        before = self.get("counts.keys")
        self.assertGreater(before, 50)
        self.until(lambda: self.get("counts.keys") > before, "it goes on")

    def test_an_included_file_is_looked_after_too(self):
        self.write("part.blox", "elementclass Part { input -> Throttle(rate = 100, burst = 1) -> output; }")
        self.start_watched('include "part.blox"; Counter -> part :: Part -> counts :: Count(by = [value]) -> Print;')
        self.until(lambda: self.get("counts.keys") > 0, "records are counted")
        self.write("part.blox", "elementclass Part { input -> slow :: Throttle(rate = 900, burst = 1) -> output; }")
        self.said("added    part/slow\n")
        self.assertIn("removed  part/Throttle@1\n", self.read("err"))
        self.until(lambda: self.get("part/slow.rate") == 900, "the new part runs")

    def test_a_shard_gets_other_replicas_and_knows_what_it_knew(self):
        text = BEFORE.replace("every(1s))", "every(100ms)) {shards = 2}")
        process = self.start_watched(text)
        self.until(lambda: self.get("counts#1.keys") > 50, "both replicas count")
        before = self.get("counts#0.keys") + self.get("counts#1.keys")
        self.change(text.replace("shards = 2", "shards = 3"))
        self.said("changed  counts: 3 replicas instead of 2; keeps its state\n3 elements run on\n")
        after = sum(self.get(f"counts#{replica}.keys") for replica in range(3))
        self.assertGreaterEqual(after, before)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 0, self.read("err"))
        self.assertNotIn("lost", self.read("err"))

    def test_after_the_end_a_change_starts_all_from_the_beginning(self):
        process = self.start_watched("Counter(limit = 3) -> WriteFile(path = \"out\");")
        self.said("waits for a change; Ctrl-C ends\n")
        self.assertEqual(self.read("out").count("\n"), 3)
        self.change("Counter(limit = 5) -> WriteFile(path = \"out\");")
        self.until(lambda: self.exists("out") and self.read("out").count("\n") == 5, "it has run again")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 0, self.read("err"))

    def test_only_a_file_can_be_looked_after(self):
        self.fails(self.run_text("Counter -> Print", "--watch"), COMMAND_LINE_AT_FAULT, "--watch looks after a file")


if __name__ == "__main__":
    unittest.main()
