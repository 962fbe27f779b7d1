"""A cluster on this machine: master, caretakers and workers as processes, and the verbs that ask them."""

import glob
import json
import os
import re
import signal
import stat
import subprocess
import threading
import unittest

from cluster_case import ClusterTest, free_port
from command import BLOX, COMMAND_LINE_AT_FAULT, LONGEST, OUTSIDE_FAILED, PLUGINS, TOPOLOGY_AT_FAULT

ENDLESS = """
source :: Counter {at = "node-1"}; slow :: Throttle(rate = 1000, burst = 1) {at = "node-1"};
source -> slow -> counts :: Count(by = [value], emit = every(1s)) {at = "node-2"}
-> Filter("value < 2") {at = "node-3"} -> Print(label = "n") {at = "node-3"};
"""


class Cluster(ClusterTest):
    def test_a_topology_runs_on_three_nodes_and_ends(self):
        self.up()
        done = self.submit("job", """a :: Counter(limit = 10000) {at = "node-1"} -> b :: Filter("value % 2 = 0") {at = "node-2"}
                                  -> c :: Print(label = "x") {at = "node-3"};""", "--wait")
        self.succeeds(done)
        job = self.topology("job")
        self.assertEqual((job["state"], job["elements"], job["losses"]), ("ended", 3, []))
        for words in (["top"], ["tap", "a"], ["get", "a"]):
            self.fails(self.ask(*words, "-t", "job"), TOPOLOGY_AT_FAULT, "`job` has ended: nothing of it runs any more")
        said = [json.loads(line) for line in self.ask("messages", "--topology", "job", "--format", "json").out.splitlines()]
        self.assertEqual({(line["node"], line["element"]) for line in said if line["kind"] == "print"}, {("node-3", "c")})

    def test_a_failure_says_which_element_on_which_node_and_why(self):
        self.up(1)
        done = self.submit("bad", 'a :: Counter(limit = 9) -> b :: Map(c = "1 / (value - 5)") {on_error = fail} -> Discard',
                           "--wait")
        self.fails(done, TOPOLOGY_AT_FAULT, "node-1", "b", "division by zero")
        self.assertEqual(done.err.count("division by zero"), 1, done.err)
        self.assertEqual(self.topology("bad")["state"], "failed")

    def test_what_does_not_check_is_refused_and_what_would_happen_is_told(self):
        self.up(2)
        self.fails(self.submit("x", "Counter -> Prnt"), TOPOLOGY_AT_FAULT, "E0201")
        planned = self.ask("plan", "--name", "x", "-e", 'a :: Counter {at = "node-2"}; a -> Discard')
        self.succeeds(planned)
        self.assertRegex(planned.out, "a -> node-2")
        self.assertEqual(self.ps()["topologies"], [])

    def test_a_topology_is_looked_into_changed_and_ended(self):
        self.up()
        self.succeeds(self.submit("run", ENDLESS, "--wait=running"))
        self.until(lambda: int(self.ask("get", "counts.keys").out or 0) > 0, "a record was counted")
        self.assertEqual(float(self.ask("set", "slow.rate", "100000").out), 1e5)
        self.fails(self.ask("get", "count.keys"), TOPOLOGY_AT_FAULT, "count", "did you mean `counts`?")
        top = json.loads(self.ask("top", "--format", "json").out)
        self.assertEqual({one["element"]: one["node"] for one in top["elements"]},
                         {"source": "node-1", "slow": "node-1", "counts": "node-2", "Filter@1": "node-3",
                          "Print@1": "node-3"})
        tap = self.ask("tap", "slow [out]", "--limit", "3", "--rate", "0")
        self.succeeds(tap)
        self.assertEqual([list(json.loads(line)) for line in tap.out.splitlines()], [["value"]] * 3)
        ended = subprocess.Popen([BLOX, "tap", "slow [out]"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(ended.communicate)
        self.addCleanup(ended.kill)
        ended.stdout.readline()
        ended.send_signal(signal.SIGINT)
        self.assertRegex(ended.communicate()[1], b"^[1-9][0-9,]* records? passed in [1-9]", "how many is told at the end")

        # A connection between workers that changes changes in their processes.
        before = {one["worker"]: one["pid"] for one in self.topology("run")["workers"]}
        changed = ENDLESS.replace("slow -> counts", "slow -> {queue = 9} counts")
        for text in (ENDLESS, changed):
            self.assertEqual(self.ask("diff", "--name", "run", "-e", text).out, "5 elements run on\n")
        self.succeeds(self.submit("run", changed, "--wait=running"))
        self.assertEqual(self.topology("run")["version"], 2)
        self.assertEqual({one["worker"]: one["pid"] for one in self.topology("run")["workers"]}, before)
        counted = int(self.ask("get", "counts.keys").out)
        self.until(lambda: int(self.ask("get", "counts.keys").out) > counted, "it counts on")

        self.succeeds(self.ask("stop", "run", "--drain", "5s"))
        self.assertEqual(self.topology("run")["state"], "stopped")
        self.fails(self.ask("get", "counts.keys"), TOPOLOGY_AT_FAULT, "nothing runs")

    def test_a_tap_goes_on_after_the_death_of_its_worker_of_the_caretaker_and_of_the_master(self):
        self.up(1)
        self.succeeds(self.submit("run", "Counter -> Throttle(rate = 1000, burst = 1) -> Discard", "--wait=running"))
        tap = subprocess.Popen([BLOX, "tap", "Throttle@1", "--rate", "0"], cwd=self.folder, env=self.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(tap.communicate)
        self.addCleanup(tap.kill)
        too_long = threading.Timer(LONGEST, tap.kill)
        too_long.start()
        self.addCleanup(too_long.cancel)
        value = lambda: json.loads(tap.stdout.readline() or self.fail("the tap shows nothing more"))["value"]

        def records():
            top = json.loads(self.ask("top", "--format", "json").out or '{"elements": []}')["elements"]
            return next((one["records"] for one in top if one["element"] == "Throttle@1"), 0)

        value()
        for name in ("the worker", "node-1", "master"):
            before = records()
            if name == "the worker":
                os.kill(self.topology("run")["workers"][0]["pid"], signal.SIGKILL)
            else:
                self.kill(name)
                self.succeeds(self.blox("cluster", "up", "--folder", "c", "--detach"))
            # More than can have been shown before.
            self.until(lambda: records() > before + 500, "it goes on")
            seen = records()
            while value() < seen:
                pass

    def test_a_shard_over_several_nodes_answers_as_one(self):
        self.up()
        self.succeeds(self.submit("run", """a :: Counter {at = "node-1"} -> Throttle(rate = 2000) {at = "node-1"}
                                  -> Map(key = "value % 1000") -> counts :: Count(by = [key], emit = every(1s)) {shards = 6} -> Discard;
                                  b :: Counter {at = "node-1"} -> slow :: Throttle(rate = 9) {shards = 6} -> Discard;""",
                                  "--wait=running"))
        top = json.loads(self.ask("top", "--format", "json").out)["elements"]
        replicas = {one["element"]: one["node"] for one in top if one["shard"] == "counts" and one["replicas"] is None}
        self.assertEqual(sorted(replicas), [f"counts#{i}" for i in range(6)])
        self.assertGreater(len(set(replicas.values())), 1)
        self.assertEqual([one["replicas"] for one in top if one["element"] == "counts"], [6])
        self.until(lambda: self.ask("get", "counts.keys").out == "1000\n", "all keys were counted")
        each = [int(self.ask("get", f"counts#{i}.keys").out) for i in range(6)]
        self.assertEqual((sum(each), 0 in each), (1000, False))
        self.assertEqual(self.ask("set", "slow.rate", "7").out, self.ask("get", "slow.rate").out)
        self.assertEqual([float(self.ask("get", f"slow#{i}.rate").out) for i in range(6)], [7.0] * 6)
        rows = json.loads(self.ask("get", "--format", "json").out)
        self.assertEqual([one["value"] for one in rows if one["element"] == "counts"], [1000])

    def test_an_update_changes_one_element_in_its_process_and_nothing_is_lost(self):
        self.up(2)
        topology = """
            source :: Counter(limit = 20000) {at = "node-1"}; slow :: Throttle(rate = 1000, burst = 1) {at = "node-1"};
            source -> slow -> keys :: Map(k = "value % 4", x = "1") {at = "node-2"}
            -> counts :: Count(by = [k]) {at = "node-2"} -> out :: Print(label = "n") {at = "node-1"};"""
        changed = topology.replace('x = "1"', 'x = "2"')
        self.succeeds(self.submit("run", topology, "--wait=running"))
        self.until(lambda: self.ask("get", "counts.keys").out == "4\n", "records were counted")
        before = {one["worker"]: one["pid"] for one in self.topology("run")["workers"]}
        announced = "changed  keys: other arguments, settings or types; in place, begins anew\n4 elements run on\n"
        self.assertEqual(self.ask("diff", "--name", "run", "-e", changed).out, announced)
        self.succeeds(self.submit("run", changed, "--wait=running"))
        self.assertEqual({one["worker"]: one["pid"] for one in self.topology("run")["workers"]}, before)
        self.assertEqual(self.topology("run")["version"], 2)
        self.assertEqual(self.ask("get", "counts.keys").out, "4\n")
        self.until(lambda: "version 2: changed  keys: other arguments or settings; begins anew" in
                   self.ask("messages", "--topology", "run").out, "the worker says the same")
        self.succeeds(self.ask("set", "slow.rate", "1000000"))
        self.until(lambda: self.topology("run")["state"] == "ended", "it comes to its end")
        self.assertEqual(self.topology("run")["losses"], [])
        said = [json.loads(line) for line in self.ask("messages", "--topology", "run", "--format", "json").out.splitlines()]
        prints = [line["text"] for line in said if line["kind"] == "print"]
        self.assertEqual(len(prints), 4)
        self.assertTrue(all("5000" in line for line in prints), prints)

    def test_what_is_connected_on_another_node_and_removed_again_disturbs_nobody(self):
        self.up(2)
        alone = """
            source :: Counter(limit = 200000) {at = "node-1"}; slow :: Throttle(rate = 1000, burst = 1) {at = "node-1"};
            source -> slow -> keys :: Map(k = "value % 4") {at = "node-1"}
            -> counts :: Count(by = [k]) {at = "node-1"} -> out :: Print(label = "n") {at = "node-1"};"""
        beside = alone + """keys -> there :: Count(by = [k], emit = every(100ms)) {at = "node-2"} -> Discard {at = "node-2"};"""

        def processes():
            return {one["worker"]: one["pid"] for one in self.topology("run")["workers"]}

        self.succeeds(self.submit("run", alone, "--wait=running"))
        self.until(lambda: self.ask("get", "counts.keys").out == "4\n", "records were counted")
        before = processes()
        for _ in range(2):
            self.assertEqual(self.ask("diff", "--name", "run", "-e", beside).out,
                             "added    there\nadded    Discard@1\n5 elements run on\n")
            self.succeeds(self.submit("run", beside, "--wait=running"))
            self.until(lambda: self.ask("get", "there.keys").out == "4\n", "records come to the other node")
            self.assertEqual({worker: pid for worker, pid in processes().items() if worker in before}, before)
            self.assertEqual(len(processes()), len(before) + 1)
            self.assertEqual(self.ask("diff", "--name", "run", "-e", alone).out,
                             "removed  Discard@1\nremoved  there\n5 elements run on\n")
            self.succeeds(self.submit("run", alone, "--wait=running"))
            self.until(lambda: processes() == before, "what was beside is gone, and the rest runs on")
        self.succeeds(self.ask("set", "slow.rate", "1000000"))
        self.until(lambda: self.topology("run")["state"] == "ended", "it comes to its end")
        job = self.topology("run")
        # What was beside may have had records in hand when it was ended; nobody else has lost any.
        self.assertEqual(({one["element"] for one in job["losses"]} - {"there", "Discard@1"}, job["restarts"]), (set(), 0))
        said = [json.loads(line) for line in self.ask("messages", "--topology", "run", "--format", "json").out.splitlines()]
        prints = [line["text"] for line in said if line["kind"] == "print"]
        self.assertEqual(len(prints), 4)
        self.assertTrue(all("50000" in line for line in prints), prints)

    def test_what_runs_survives_the_master_and_its_caretakers(self):
        self.up(2)
        topology = ENDLESS.replace("node-3", "node-2")
        self.succeeds(self.submit("run", topology, "--wait=running"))
        before = {one["worker"]: one["pid"] for one in self.topology("run")["workers"]}
        self.kill("master")
        self.kill("node-1")
        self.fails(self.ask("ps"), OUTSIDE_FAILED, "no master answers", "blox master --config")
        self.begin("master", "--config", "c/cluster.yaml")
        self.begin("caretaker", "--config", "c/cluster.yaml", "--node", "node-1")
        self.addCleanup(self.ask, "stop", "run")  # before these two are gone: nobody else would end its workers
        self.until(lambda: self.ask("ps").code == 0, "the master answers again")
        self.until(lambda: {one["worker"]: one["pid"] for one in self.topology("run")["workers"]} == before,
                   "the same processes are found again")
        self.assertEqual(self.topology("run")["state"], "running")
        first = int(self.ask("get", "counts.keys").out)
        self.until(lambda: int(self.ask("get", "counts.keys").out) > first, "it goes on")

    def test_what_is_always_started_again_ends_with_a_drain_and_stays_ended(self):
        self.up(2)
        self.succeeds(self.submit("run", """a :: Counter {at = "node-1"} -> Throttle(rate = 1000, burst = 1) {at = "node-1"}
                                  -> b :: Discard {at = "node-2", restart = always};""", "--wait=running"))
        self.succeeds(self.submit("short", "Counter(limit = 10) {restart = always} -> Discard", "--wait=running"))
        self.until(lambda: self.topology("short")["restarts"] > 2, "it is started again each time it ends")
        for name in ("run", "short"):
            self.succeeds(self.ask("stop", name, "--drain", "20s"))
            self.assertEqual(self.topology(name)["state"], "stopped")
        restarts = self.topology("short")["restarts"]
        # Another comes and goes: time enough for what would be started again.
        self.succeeds(self.submit("other", "Counter(limit = 10) -> Discard", "--wait"))
        self.assertEqual([self.topology(name)["state"] for name in ("run", "short")], ["stopped", "stopped"])
        self.assertEqual(self.topology("short")["restarts"], restarts)
        self.assertEqual([node["workers"] for node in self.ps()["nodes"]], [[], []])

    def test_workers_bind_the_ports_of_their_node_and_no_others(self):
        master_port, first = free_port(), free_ports(4)

        def configure(last):
            self.write("c/cluster.yaml", """
master: {address: "127.0.0.1:%d", state: s}
nodes: {node-1: {address: 127.0.0.1, ports: %d-%d}}
""" % (master_port, first, last))

        def workers():
            return self.topology("three")["workers"]

        configure(first + 1)
        self.begin("master", "--config", "c/cluster.yaml")
        caretaker = self.listened("caretaker", "--config", "c/cluster.yaml", "--node", "node-1")
        self.until(lambda: self.ps()["nodes"][0]["state"] == "up", "the node is up")
        self.succeeds(self.submit("three", """a :: Counter {isolate = true} -> b :: Throttle(rate = 10) {isolate = true}
                                  -> c :: Discard {isolate = true}"""))
        self.addCleanup(self.ask, "stop", "three", "--drain", "0s")
        three = {}

        def misses_a_port():  # it is not said between two tries
            three.update(self.topology("three"))
            return three["why"] != ""

        self.until(misses_a_port, "two ports are not enough")
        self.assertEqual(three["state"], "starting")
        self.assertIn("on node-1: 127.0.0.1: none of the ports %d-%d can be bound" % (first, first + 1), three["why"])
        self.assertIn("give the node more `ports` in cluster.yaml", three["why"])

        configure(first + 3)
        caretaker.send_signal(signal.SIGHUP)
        self.until(lambda: self.topology("three")["state"] == "running", "there are enough now")
        ports = sorted(int(one["endpoint"].rsplit(":", 1)[1]) for one in workers())
        self.assertEqual(ports[:2], [first, first + 1])
        self.assertIn(ports[2], (first + 2, first + 3))
        # No other port is listened at by them.
        self.assertEqual(sorted(listening([one["pid"] for one in workers()])), ports)

    def test_who_follows_messages_sees_what_is_printed_later_and_outlives_the_master(self):
        self.up(2)
        following = subprocess.Popen([BLOX, "messages", "-f", "--format", "json"], cwd=self.folder, env=self.environment,
                                     stdout=subprocess.PIPE)
        self.addCleanup(following.communicate)
        self.addCleanup(following.kill)

        def next_print():
            while True:
                line = json.loads(following.stdout.readline())
                if line["kind"] == "print":
                    return line["node"]

        prints = 'Counter(limit = 1) {at = "%s"} -> Print(label = "%s") {at = "%s"}'
        for node in ("node-1", "node-2"):
            self.succeeds(self.submit(node, prints % (node, node, node), "--wait"))
            self.assertEqual(next_print(), node)
        self.kill("master")
        self.begin("master", "--config", "c/cluster.yaml")
        self.until(lambda: self.ask("ps").code == 0, "the master answers again")
        self.until(lambda: self.submit("next", prints % ("node-1", "next", "node-1"), "--wait").code == 0, "it runs")
        self.assertEqual(next_print(), "node-1")

    def test_what_elements_print_without_a_caretaker_is_among_the_messages_once_there_is_one_again(self):
        self.up(1)
        self.succeeds(self.submit("run", "Counter -> Throttle(rate = 50, burst = 1) -> said :: Print", "--wait=running"))
        said = lambda: [json.loads(json.loads(line)["text"])["value"]
                        for line in self.ask("messages", "--format", "json").out.splitlines()
                        if json.loads(line)["element"] == "said"]
        self.until(lambda: len(said()) > 3, "lines arrive")
        os.kill(self.process_of("node-1"), signal.SIGKILL)
        before = self.topology("run")["workers"][0]["pid"]
        self.until(lambda: self.ps()["nodes"][0]["state"] == "unreachable", "it prints with nobody there")
        self.begin("caretaker", "--config", "c/cluster.yaml", "--node", "node-1")
        self.addCleanup(self.ask, "stop", "run")
        self.until(lambda: self.ps()["nodes"][0]["state"] == "up" and len(said()) > 100, "all of it has come")
        self.assertEqual(self.topology("run")["workers"][0]["pid"], before)
        numbers = said()
        self.assertEqual(sorted(set(numbers)), list(range(max(numbers) + 1)), "a line is missing")

    def test_workers_whose_caretaker_is_dead_end_with_the_cluster(self):
        for killed in (["node-1"], ["master", "node-1", "node-2"]):
            self.up(2)
            topology = 'Counter {at = "node-1"} -> Throttle(rate = 100) {at = "node-2"} -> Discard'
            # The one before is being stopped until its node has said that it is gone.
            self.until(lambda: self.submit("run", topology, "--wait=running").code == 0, "it runs")
            workers = [one["pid"] for one in self.topology("run")["workers"]]
            self.assertEqual([runs(one) for one in workers], [True, True])
            for name in killed:
                os.kill(self.process_of(name), signal.SIGKILL)
            down = self.blox("cluster", "down", "--folder", "c")
            self.succeeds(down)
            self.assertRegex(down.err, r"[12] workers? w(as|ere) left without a caretaker")
            self.assertEqual([runs(one) for one in workers], [False, False])
            self.assertIn("nothing of this cluster runs", self.blox("cluster", "down", "--folder", "c").err)

    def test_what_master_and_caretakers_remember_is_for_their_user_alone(self):
        self.up(1)
        self.succeeds(self.submit("run", "Counter(limit = 9) -> Discard", "--wait"))
        open_to_others = [path for path in glob.glob(self.path("c/state/*"))
                          if os.stat(path).st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
        self.assertEqual(open_to_others, [])

    def test_a_cluster_in_a_temporary_folder_leaves_nothing_behind(self):
        os.mkdir(self.path("temporary"))
        around = {**os.environ, "TMPDIR": self.path("temporary")}
        up = self.blox("cluster", "up", "-n", "1", "--detach", env=around)
        self.succeeds(up)
        folder = re.search("--folder ([^`]+)` ends it, and removes the folder", up.out).group(1)
        self.addCleanup(self.blox, "cluster", "down", "--folder", folder)
        self.environment["BLOX_CLUSTER"] = folder + "/cluster.yaml"
        self.succeeds(self.submit("run", "Counter(limit = 9) -> Discard", "--wait"))
        self.succeeds(self.blox("cluster", "down", "--folder", folder))
        self.assertEqual(os.listdir(self.path("temporary")), [])

    def test_who_looks_after_a_cluster_ends_with_it(self):
        up = subprocess.Popen([BLOX, "cluster", "up", "-n", "1", "--folder", "c"], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.addCleanup(up.communicate)
        self.addCleanup(up.terminate)
        while b"Ctrl-C" not in (line := up.stdout.readline()):
            self.assertNotEqual(line, b"", "it has not come up")
        self.fails(self.blox("cluster", "up", "-n", "2", "--folder", "c"), COMMAND_LINE_AT_FAULT, "c/cluster.yaml has 1 node already")
        self.succeeds(self.blox("cluster", "down", "--folder", "c"))
        self.assertEqual(up.wait(LONGEST), 0)
        self.assertIn(b"nothing of this cluster runs any more", up.stderr.read())

    def test_messages_says_which_nodes_it_has_not_asked_and_which_topology_there_is_not(self):
        self.up(2)
        self.succeeds(self.submit("said", 'Counter(limit = 1) {at = "node-1"} -> Print {at = "node-1"}', "--wait"))
        self.fails(self.ask("messages", "-t", "sad"), TOPOLOGY_AT_FAULT, "no topology `sad`", "did you mean `said`?")
        self.kill("node-2")
        self.until(lambda: self.ps()["nodes"][1]["state"] == "unreachable", "it is missed")
        done = self.ask("messages", "-t", "said")
        self.fails(done, OUTSIDE_FAILED, "node-2 is unreachable: its lines are not shown")
        self.assertIn('node-1 Print@1: {"value":0}', done.out)

    def test_a_drained_node_has_nothing_to_do(self):
        self.up(2)
        self.succeeds(self.submit("run", "Counter -> Throttle(rate = 100) -> Discard", "--wait=running"))
        node = next(one["name"] for one in self.ps()["nodes"] if one["workers"])
        self.succeeds(self.ask("drain", node))
        self.until(lambda: self.topology("run")["state"] == "running", "it runs elsewhere")
        workers = {one["name"]: one["workers"] for one in self.ps()["nodes"]}
        self.assertEqual(workers[node], [])
        self.assertEqual(sum(map(len, workers.values())), 1)
        self.succeeds(self.ask("drain", node, "--undo"))
        self.fails(self.ask("drain", "nod-1"), TOPOLOGY_AT_FAULT, "nod-1")

    def test_a_plugin_that_breaks_in_a_check_takes_nobody_with_it(self):
        elsewhere = {**self.environment, "BLOX_PATH": PLUGINS, "BLOX_TEST_BREAK": "1"}
        self.addCleanup(self.blox, "cluster", "down", "--folder", "c")
        self.succeeds(self.blox("cluster", "up", "-n", "1", "--folder", "c", "--detach", env=elsewhere))
        self.environment["BLOX_PATH"] = PLUGINS
        topology = 'plugin "broken.so"; Counter -> PluggedBreak(how = "%s") -> Discard'
        self.fails(self.submit("x", topology % "abort"), TOPOLOGY_AT_FAULT, "with the plug-ins broken.so, crashed", "signal 6")
        # Others are answered while one hangs.
        hanging = subprocess.Popen([BLOX, "submit", "--name", "x", "-e", topology % "loop"], cwd=self.folder,
                                   env=self.environment, stderr=subprocess.PIPE)
        self.addCleanup(hanging.wait)
        self.addCleanup(hanging.kill)
        self.until(lambda: self.checkers() != [], "it is being checked")
        self.assertEqual([node["state"] for node in self.ps()["nodes"]], ["up"])
        self.assertNotEqual(self.checkers(), [])
        said = hanging.communicate()[1].decode("utf-8")
        self.assertEqual(hanging.returncode, TOPOLOGY_AT_FAULT)
        self.assertIn("with the plug-ins broken.so, took too long and was ended", said)
        self.assertEqual(self.ps()["topologies"], [])

    def checkers(self):
        """Processes that check for the master of this test."""
        found = []
        for path in glob.glob(f"/proc/{self.process_of('master')}/task/*/children"):  # by the thread that has begun it
            with open(path, encoding="utf-8") as children:
                found += children.read().split()
        return found


def free_ports(count):
    """The first of so many in a row."""
    import socket
    for first in range(20000 + os.getpid() % 10000, 60000, count):
        held = [socket.socket() for _ in range(count)]
        try:
            for i, one in enumerate(held):
                one.bind(("127.0.0.1", first + i))
            return first
        except OSError:
            pass
        finally:
            for one in held:
                one.close()
    raise AssertionError("no free ports in a row")


def listening(pids):
    """The ports of TCP that processes listen at."""
    sockets = set()
    for pid in pids:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            sockets.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.read().splitlines()[1:]]
    return [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


def runs(process):
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"  # whose parent has not asked for its end yet
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
