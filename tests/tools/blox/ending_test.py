"""How a run ends before its sources do: drained, at once, with its reader, or killed."""

import array
import fcntl
import json
import os
import re
import signal
import termios
import unittest

from command import DONE, OUTSIDE_FAILED, CommandTest

STALLED = "Counter -> Throttle(rate = 1) -> Print"  # would take a quarter of an hour for what it has at once


class Signals(CommandTest):
    def interrupted(self, topology, *words, by=signal.SIGINT):
        """The run after its first record and this signal."""
        process = self.start(topology, *words)
        self.assertNotEqual(process.stdout.readline(), b"")
        process.send_signal(by)
        return process

    def test_an_interrupt_drains_and_ends_with_the_summary(self):
        for by in (signal.SIGINT, signal.SIGTERM):
            done = self.end_of(self.interrupted("Counter -> Print", "--summary", "json", by=by))
            self.assertEqual(done.code, DONE, done.err)
            self.assertIn("stopping the sources, draining the rest for at most 30.0 s; once more stops at once", done.err)
            lines = done.out.splitlines()
            self.assertEqual([json.loads(line)["value"] for line in lines], list(range(1, len(lines) + 1)))
            summary = done.summary()
            self.assertTrue(summary["stopped"])
            self.assertEqual(summary["not_drained"], [])
            counted = {element["path"]: (element["records_in"], element["records_out"]) for element in summary["elements"]}
            self.assertEqual(counted, {"Counter@1": (0, len(lines) + 1), "Print@1": (len(lines) + 1, 0)})

    def test_an_interrupt_completes_the_files_that_are_written(self):
        done = self.end_of(self.interrupted('Counter -> [a] all :: Union -> WriteFile(path = "out"); all -> Print'))
        self.assertEqual(done.code, DONE, done.err)
        self.assertEqual(self.read("out").count("\n"), done.out.count("\n") + 1)
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_a_source_that_waits_for_input_is_stopped(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        with os.fdopen(reading, "rb") as stdin:
            process = self.start("Stdin -> Print", stdin=stdin)
        os.write(writing, b"first\nhalf")
        self.assertEqual(process.stdout.readline(), b'{"line":"first","line_number":1}\n')
        process.send_signal(signal.SIGINT)
        done = self.end_of(process)
        self.assertEqual(done.code, DONE, done.err)
        self.assertRegex(done.err, r"stopped after [\d.]+ ")

    def test_what_has_not_drained_in_time_is_said(self):
        done = self.end_of(self.interrupted(STALLED, "--drain", "50ms"))
        self.assertEqual(done.code, OUTSIDE_FAILED)
        self.assertIn("for at most 50.0 ms", done.err)
        self.assertIn("not drained: Throttle@1: ", done.err)
        self.assertIn("stopped after", done.err)

    def test_a_quiet_run_says_what_has_not_drained_too(self):
        done = self.end_of(self.interrupted(STALLED, "--drain", "50ms", "--quiet"))
        self.assertEqual(done.code, OUTSIDE_FAILED)
        self.assertIn("not drained: Throttle@1: ", done.err)
        self.assertNotIn("stopped after", done.err)

    def test_a_second_interrupt_stops_at_once(self):
        process = self.interrupted(STALLED)
        said = b""
        while b"once more stops at once\n" not in said:
            said += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        done = self.end_of(process)
        self.assertEqual(done.code, OUTSIDE_FAILED)
        self.assertIn("stopping at once", done.err)
        self.assertIn("not drained: Throttle@1: ", done.err)

    def test_a_second_interrupt_ends_even_an_element_that_does_not_return(self):
        process = self.start("Counter -> Print")
        unread = array.array("i", [0])

        def is_stuck():  # the pipe is full but for less than one log
            fcntl.ioctl(process.stdout.fileno(), termios.FIONREAD, unread)
            return unread[0] > 60000

        self.until(is_stuck, "its output is full")
        process.send_signal(signal.SIGINT)
        said = b""
        while b"once more stops at once\n" not in said:
            said += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), OUTSIDE_FAILED)
        self.assertIn(b"an element does not return from its call", process.stderr.read(1 << 16))


class Readers(CommandTest):
    def test_a_reader_that_goes_away_ends_the_run_without_an_error(self):
        process = self.start("Counter -> Print")
        for value in range(3):
            self.assertEqual(json.loads(process.stdout.readline()), {"value": value})
        process.stdout.close()
        err = process.stderr.read().decode("utf-8") + process.stderr.readall().decode("utf-8")
        self.assertEqual(process.wait(timeout=30), DONE, err)
        self.assertIn("done in", err)
        self.assertNotIn("error", err)

    def test_a_reader_that_was_never_there_is_no_error(self):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as gone:
            for words in (["run", "-q", "-e", "Counter(limit = 3) -> Print"], ["list"], ["describe", "Count"]):
                done = self.blox(*words, stdout=gone)
                self.assertEqual((done.code, done.err), (DONE, ""))

    def test_a_quiet_run_that_goes_well_says_nothing_else(self):
        done = self.run_text("Counter(limit = 2) -> Print", "--quiet")
        self.assertEqual((done.code, done.out, done.err), (DONE, '{"value":0}\n{"value":1}\n', ""))

    def test_data_goes_to_standard_output_and_the_summary_does_not(self):
        done = self.run_text("Counter(limit = 2) -> Print")
        self.assertEqual((done.code, done.out), (DONE, '{"value":0}\n{"value":1}\n'))
        self.assertRegex(done.err, r"Counter@1 +2 +16 B")
        self.assertRegex(done.err, r"done in [\d.]+ ")


class Killed(CommandTest):
    def kill(self, process):
        process.kill()
        self.end_of(process)
        self.assertEqual(process.returncode, -signal.SIGKILL)

    def test_a_killed_run_leaves_no_half_file_under_the_final_name(self):
        self.write("out", "of before\n")
        process = self.start('Counter -> WriteFile(path = "out")')
        self.until(lambda: self.exists("out.blox-part") and os.path.getsize(self.path("out.blox-part")) > 0, "it has written")
        self.kill(process)
        self.assertEqual(self.read("out"), "of before\n")
        self.succeeds(self.run_text('Counter(limit = 2) -> WriteFile(path = "out")'))
        self.assertEqual(self.read("out"), '{"value":0}\n{"value":1}\n')
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_a_killed_run_leaves_a_store_that_the_next_one_opens(self):
        store = 'store :: Store(path = "s.lmdb", key = [value], sync = never, commit_bytes = 256KiB)'
        process = self.start(f"Counter -> {store}")
        self.until(lambda: self.exists("s.lmdb") and os.path.getsize(self.path("s.lmdb")) > 1 << 20, "it has committed")
        self.kill(process)
        done = self.run_text(f"Counter(limit = 1) -> {store}; Ask(question = {{all: true}}) [ask] => [count] store")
        self.succeeds(done)
        self.assertGreater(int(re.search(r"\{count: (\d+)\}", done.err).group(1)), 1000)


if __name__ == "__main__":
    unittest.main()
