"""A run that is looked into by other processes: top, tap, get, set."""

import json
import os
import re
import signal
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

from command import BLOX, COMMAND_LINE_AT_FAULT, LONGEST, OUTSIDE_FAILED, TOPOLOGY_AT_FAULT, CommandTest

TOPOLOGY = """
source :: Counter; slow :: Throttle(rate = 1000, burst = 1);
source -> slow -> counts :: Count(by = [value], emit = every(1s)) -> Print(label = "n");
"""


class Control(CommandTest):
    def look(self, verb, *words):
        return self.blox(verb, "--control", "s", *words)

    def start_looked_into(self, topology=TOPOLOGY, *words):
        process = self.start(topology, "-q", "--control", "s", *words, stdin=subprocess.PIPE)
        self.until(lambda: self.look("top").code == 0, "the run listens")
        return process

    def start_tap(self, *words):
        tap = subprocess.Popen([BLOX, "tap", "--control", "s", *words], cwd=self.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, bufsize=0)

        def end():
            tap.kill()
            tap.communicate()

        self.addCleanup(end)
        return tap

    def test_handlers_are_read_and_set(self):
        # Nobody reads what the run prints: a full pipe would stop the task that is asked.
        process = self.start_looked_into(TOPOLOGY.replace('Print(label = "n")', "Discard"))
        self.until(lambda: int(self.look("get", "counts.keys").out) > 0, "a record was counted")
        done = self.look("set", "slow.rate", "1000000")
        self.succeeds(done)
        self.assertEqual(float(done.out), 1e6)
        self.until(lambda: int(self.look("get", "counts.keys").out) > 5000, "the new rate shows")
        everything = json.loads(self.look("get", "--format", "json").out)
        self.assertEqual([(one["element"], one["handler"], one["writable"]) for one in everything],
                         [("slow", "rate", True), ("counts", "keys", False)])
        self.fails(self.look("set", "counts.keys", "3"), TOPOLOGY_AT_FAULT, "counts", "can only be read")
        self.fails(self.look("set", "slow.rate", "0"), TOPOLOGY_AT_FAULT, "slow", "the rate is between")
        self.fails(self.look("set", "slow.rate", "fast"), TOPOLOGY_AT_FAULT, "slow", "cannot be set to \"fast\"")
        self.fails(self.look("get", "count.keys"), TOPOLOGY_AT_FAULT, "count", "did you mean `counts`?")
        process.send_signal(signal.SIGINT)
        self.succeeds(self.end_of(process))
        self.assertFalse(self.exists("s"), "the socket is left behind")

    def test_a_shard_answers_for_its_replicas(self):
        topology = ('source :: Counter; slow :: Throttle(rate = 1000, burst = 1) {shards = 2}; '
                    'source -> slow -> counts :: Count(by = [value], emit = every(1s)) {shards = 3} -> Discard;')
        self.start_looked_into(topology)
        self.until(lambda: int(self.look("get", "counts.keys").out) > 10, "records are counted")
        done = self.look("set", "slow.rate", "5000")
        self.succeeds(done)
        self.assertEqual(json.loads(done.out), {"0": 5000.0, "1": 5000.0})
        self.assertEqual(float(self.look("get", "slow#1.rate").out), 5000)
        everything = json.loads(self.look("get", "--format", "json").out)
        names = [one["element"] + "." + one["handler"] for one in everything]
        self.assertEqual(names, ["slow.rate", "slow#0.rate", "slow#1.rate", "counts.keys", "counts#0.keys",
                                 "counts#1.keys", "counts#2.keys"])
        self.fails(self.look("set", "counts.keys", "3"), TOPOLOGY_AT_FAULT, "can only be read")

    def test_top_shows_what_elements_do(self):
        self.start_looked_into()
        lines = self.look("top").out.splitlines()
        self.assertEqual([line.split()[0] for line in lines[:5]], ["element", "source", "slow", "counts", "Print@1"])
        numbers = json.loads(self.look("top", "--format", "json").out)
        self.assertEqual(numbers["elements"][0]["path"], "source")
        self.assertGreater(numbers["elements"][0]["records_out"], 0)

    def test_a_tap_shows_records_and_ends_at_its_limit(self):
        # What it prints nobody reads: a full pipe would hold up its end.
        process = self.start_looked_into(TOPOLOGY.replace('Print(label = "n")', "Discard"))
        done = self.look("tap", "slow [out]", "--limit", "3", "--rate", "0")
        self.succeeds(done)
        self.assertEqual([list(json.loads(line)) for line in done.out.splitlines()], [["value"]] * 3)
        self.assertIn("records passed", done.err)
        named = json.loads(self.look("tap", "[in] counts", "--limit", "1", "--format", "json").out)
        self.assertEqual(named["port"], "slow [out]")
        self.fails(self.look("tap", "slow [uot]"), TOPOLOGY_AT_FAULT, "slow", "did you mean `out`?")
        # One whose reader goes away ends with the true counts.
        tap = self.start_tap("slow", "--rate", "0")
        self.assertIn(b"value", tap.stdout.readline())
        tap.stdout.close()
        self.assertEqual(tap.wait(timeout=LONGEST), 0)
        self.assertRegex(tap.stderr.read().decode(), r"^[1-9]\d* records? passed in [1-9]\d* logs?$")
        # One that goes on when the run ends is told so.
        tap = self.start_tap("slow")
        self.assertIn(b"value", tap.stdout.readline())
        process.send_signal(signal.SIGINT)
        end = self.end_of(tap)
        self.succeeds(end)
        self.assertIn("the run has ended", end.err)

    def test_refused_records_can_be_looked_at_although_nothing_is_connected(self):
        process = self.start_looked_into("Stdin -> parse :: ParseJson(field = line, schema = {n: int}) -> Discard")
        tap = self.start_tap("parse [errors]", "--limit", "1")
        # The tap is there once somebody can see that its port is looked at; until then lines are sent again.
        os.set_blocking(tap.stdout.fileno(), False)
        seen = []

        def seen_one():
            process.stdin.write(b"no json\n")
            seen.append(tap.stdout.read() or b"")
            return b"".join(seen).endswith(b"\n")

        self.until(seen_one, "a refused line is shown")
        self.assertEqual(json.loads(b"".join(seen))["element"], "parse")

    def test_a_question_to_nobody_says_so(self):
        for verb, words in (("top", []), ("tap", ["a"]), ("get", []), ("set", ["a.b", "1"])):
            self.fails(self.look(verb, *words), OUTSIDE_FAILED, "s: nobody listens there", "blox run --control s")

    def test_an_address_that_cannot_be_used_is_an_error_before_anything_runs(self):
        self.write("s", "precious")
        self.fails(self.run_text(TOPOLOGY, "--control", "s"), OUTSIDE_FAILED, "s: is a file, not a socket")
        self.assertEqual(self.read("s"), "precious")
        os.unlink(self.path("s"))
        self.start_looked_into()
        self.fails(self.run_text(TOPOLOGY, "--control", "s"), OUTSIDE_FAILED, "s: is in use")

    def test_a_run_that_was_killed_leaves_nothing_in_the_way(self):
        process = self.start_looked_into()
        process.kill()
        process.communicate()
        self.assertTrue(self.exists("s"))
        self.fails(self.look("top"), OUTSIDE_FAILED, "nobody listens")
        self.start_looked_into()

    def test_garbage_at_the_socket_harms_nobody(self):
        self.start_looked_into()
        for garbage in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100_000, bytes(range(256)) * 10):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.connect(self.path("s"))
                try:
                    stranger.sendall(garbage)
                except OSError:
                    pass  # it was shown the door
        self.succeeds(self.look("get", "counts.keys"))

    def test_numbers_are_served_for_prometheus(self):
        process = self.start("Counter -> Throttle(rate = 1000) -> sink :: Discard", "--metrics", "127.0.0.1:0")
        at = re.fullmatch(rb"metrics at (http://[0-9.:]+/metrics)\n", process.stderr.readline()).group(1).decode()

        def page():
            try:
                with urllib.request.urlopen(at, timeout=LONGEST) as answer:
                    self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
                    return answer.read().decode("utf-8")
            except urllib.error.HTTPError as early:  # the page is there before the run is
                early.close()
                self.assertEqual(early.code, 503)
                return ""

        self.until(lambda: re.search(r'^blox_element_records_total{element="sink",direction="in"} [1-9]', page(), re.M),
                   "a record is counted")
        self.assertIn("# TYPE blox_element_latency_seconds histogram\n", page())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(at + "s", timeout=LONGEST)
        refused.exception.close()
        self.assertEqual(refused.exception.code, 404)
        self.fails(self.run_text(TOPOLOGY, "--metrics", at.split("/")[2]), OUTSIDE_FAILED, "cannot listen",
                   "Address already in use")
        self.fails(self.run_text(TOPOLOGY, "--metrics", "here"), COMMAND_LINE_AT_FAULT, "`here` is no host and port")

    def test_no_secret_is_shown(self):
        self.write("key", "hunter2")
        topology = """
        param key = secret("file:key");
        Counter -> Throttle(rate = 100, burst = 1) -> Map(both = "'<' || $key || '>'") -> d :: Discard;
        """
        self.start_looked_into(topology)
        done = self.look("tap", "[in] d", "--limit", "2")
        self.succeeds(done)
        self.assertNotIn("hunter2", done.out)
        self.assertIn("<(secret)>", done.out)


if __name__ == "__main__":
    unittest.main()
