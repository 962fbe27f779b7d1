"""Who does not answer, for however long: a worker that takes nothing more, a caretaker that says nothing more."""

import json
import os
import signal
import unittest

from cluster_case import ClusterTest

# A kilobyte a record, no two alike, three times as much as the queue between the nodes takes.
RECORDS = 200_000
BOUND = 64 << 20
FLOW = """
source :: Counter(limit = %d) {at = "node-1"}; slow :: Throttle(rate = 100, burst = 1000) {at = "node-1"};
long :: Map(text = "repeat(md5(value::text), 32)") {at = "node-1"};
short :: Select([value]) {at = "node-2"};
source -> slow -> long [out] -> {queue = [100000, 64MiB]} [in] short -> WriteFile(path = "%s", durable = false) {at = "node-2"};
"""
# Beside the queue there are the log that did not fit, at most 1 MiB, and what the allocator keeps.
ALLOWANCE = 16 << 20


class Stall(ClusterTest):
    def test_a_receiver_that_stands_still_costs_the_sender_its_bound_and_no_record(self):
        self.up(2)
        self.succeeds(self.submit("flow", FLOW % (RECORDS, self.path("written")), "--wait=running"))
        processes = {one["node"]: one["pid"] for one in self.topology("flow")["workers"]}
        sender, receiver = processes["node-1"], processes["node-2"]
        self.until(lambda: self.look("long")["records"] > 0, "records pass")
        before = resident(sender)
        os.kill(receiver, signal.SIGSTOP)
        self.ask("set", "slow.rate", "1e9")
        self.until(self.stands_still, "the writer waits for room")
        self.until(lambda: "does not answer" in self.ask("messages").out, "the sender has noticed")
        grown = resident(sender) - before
        self.assertGreater(grown, BOUND // 2, "it was not the queue that stopped the writer")
        self.assertLess(grown, BOUND + ALLOWANCE)
        os.kill(receiver, signal.SIGCONT)
        self.until(lambda: self.topology("flow")["state"] == "ended", "all has arrived")
        self.assertEqual(self.topology("flow")["losses"], [])
        numbers = [json.loads(line)["value"] for line in self.read("written").splitlines()]
        self.assertEqual(numbers, list(range(RECORDS)))

    def test_a_caretaker_that_stands_still_is_unreachable_and_comes_back_to_the_same_workers(self):
        self.up(2)
        self.succeeds(self.submit("run", """a :: Counter {at = "node-1"} -> Throttle(rate = 1000) {at = "node-1"}
                                  -> counts :: Count(by = [value], emit = every(1s)) {at = "node-2"} -> Discard;""",
                                  "--wait=running"))
        before = {one["worker"]: one["pid"] for one in self.topology("run")["workers"]}
        caretaker = self.process_of("node-2")
        os.kill(caretaker, signal.SIGSTOP)
        self.until(lambda: self.nodes() == {"node-1": "up", "node-2": "unreachable"}, "its silence is noticed")
        os.kill(caretaker, signal.SIGCONT)
        self.until(lambda: self.nodes() == {"node-1": "up", "node-2": "up"}, "it is there again")
        self.until(lambda: self.topology("run")["state"] == "running", "all runs, as far as is known")
        self.assertEqual({one["worker"]: one["pid"] for one in self.topology("run")["workers"]}, before)
        first = int(self.ask("get", "counts.keys").out)
        self.until(lambda: int(self.ask("get", "counts.keys").out) > first, "it goes on")
        self.assertEqual((self.topology("run")["restarts"], self.topology("run")["losses"]), (0, []))

    def nodes(self):
        return {one["name"]: one["state"] for one in self.ps()["nodes"]}

    def look(self, element):
        done = self.ask("top", "--format", "json")  # it fails for the worker that does not answer, and tells of the other
        return next(one for one in json.loads(done.out)["elements"] if one["element"] == element)

    def stands_still(self):
        """It has made nothing between two looks, and says that it waits for room."""
        first, second = self.look("long"), self.look("long")
        return first["records"] == second["records"] and first["blocked"] < second["blocked"]


def resident(process):
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    unittest.main()
