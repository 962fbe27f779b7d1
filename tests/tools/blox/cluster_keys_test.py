"""Who may do what in a cluster: keys, roles, nodes, and how they change while it runs."""

import os
import re
import signal
import subprocess
import unittest
import urllib.request

from cluster_case import ClusterTest, free_port
from command import BLOX, LONGEST, OUTSIDE_FAILED, TOPOLOGY_AT_FAULT


class Keys(ClusterTest):
    def test_a_cluster_with_keys_and_no_users_says_what_is_missing(self):
        self.write("c/cluster.yaml", """
master: {address: "127.0.0.1:4600", state: s}
keys: keys
nodes: {node-1: {address: 127.0.0.1}}
""")
        self.fails(self.ask("ps"), OUTSIDE_FAILED, "the cluster has no users", "add `users: {NAME: admin}`")

    def test_keys_say_who_may_do_what_and_numbers_are_served(self):
        self.write("c/cluster.yaml", """
master: {address: "127.0.0.1:%d", state: s, metrics: "127.0.0.1:0"}
keys: keys
nodes: {node-1: {address: 127.0.0.1}, node-2: {address: 127.0.0.1}}
users: {ada: admin, eve: reader}
""" % free_port())
        self.succeeds(self.blox("keygen", "--cluster", "c/cluster.yaml"))
        master = subprocess.Popen([BLOX, "master", "--config", "c/cluster.yaml"], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(master.communicate)
        self.addCleanup(master.kill)
        self.assertRegex(master.stderr.readline(), b"master of 2 nodes")
        page = re.fullmatch(rb"metrics at (http://[0-9.:]+/metrics)\n", master.stderr.readline()).group(1).decode()
        self.begin("caretaker", "--config", "c/cluster.yaml", "--node", "node-1")
        self.until(lambda: self.ps()["nodes"][0]["state"] == "up", "the node is up")
        self.fails(self.ask("stop", "x", "--user", "eve"), TOPOLOGY_AT_FAULT, "user eve may not stop topologies")
        self.fails(self.ask("stop", "x", "--user", "ada"), TOPOLOGY_AT_FAULT, "x")
        self.succeeds(self.ask("ps", "--user", "eve"))
        with urllib.request.urlopen(page, timeout=LONGEST) as answer:
            self.assertIn('blox_node_up{node="node-1",state="up"} 1\n', answer.read().decode("utf-8"))
        # Keys that the master does not know.
        self.succeeds(self.blox("keygen", "--cluster", "c/cluster.yaml", "--force", "node-node-2"))
        stranger = subprocess.Popen([BLOX, "caretaker", "--config", "c/cluster.yaml", "--node", "node-2"], cwd=self.folder,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(stranger.communicate)
        self.addCleanup(stranger.kill)
        said = b""
        while b"this key is not known there" not in said:  # it may wait for the master before it is refused
            said = stranger.stderr.readline()
            self.assertRegex(said, b"caretaker of node-2|waiting for the master|this key is not known there")
        self.succeeds(self.blox("keygen", "--cluster", "c/cluster.yaml", "--force", "user-eve"))
        self.fails(self.ask("ps", "--user", "eve"), OUTSIDE_FAILED, "127.0.0.1")

    def test_users_keys_nodes_and_labels_change_while_all_runs(self):
        port = free_port()

        def configure(nodes, users, address=port):
            self.write("c/cluster.yaml", """
master: {address: "127.0.0.1:%d", state: s}
keys: keys
nodes: {%s}
users: {%s}
""" % (address, nodes, users))
            self.succeeds(self.blox("keygen", "--cluster", "c/cluster.yaml"))

        def reload(process, *expected):
            process.send_signal(signal.SIGHUP)
            said = b""
            while b"was read anew" not in said and b"counts on" not in said:
                said += process.stderr.readline()
            for one in expected:
                self.assertIn(one, said.decode("utf-8"))

        one, ada = "node-1: {address: 127.0.0.1}", "ada: admin"
        configure(one, ada)
        master = self.listened("master", "--config", "c/cluster.yaml")
        first = self.listened("caretaker", "--config", "c/cluster.yaml", "--node", "node-1")
        self.until(lambda: self.ps()["nodes"][0]["state"] == "up", "the node is up")
        topology = 'Counter -> Throttle(rate = 10) -> Discard {at = "disk=ssd"}'
        self.fails(self.submit("run", topology), TOPOLOGY_AT_FAULT, "E0703")

        # More of all.
        configure("node-1: {address: 127.0.0.1, labels: {disk: ssd}}, node-2: {address: 127.0.0.1}",
                  "ada: admin, eve: reader")
        second = self.listened("caretaker", "--config", "c/cluster.yaml", "--node", "node-2")
        reload(master)
        reload(first)
        self.until(lambda: [node["state"] for node in self.ps()["nodes"]] == ["up", "up"], "both are up")
        self.until(lambda: self.submit("run", topology).code == 0, "its label is there")
        self.addCleanup(self.ask, "stop", "run", "--drain", "0s", "--user", "ada")
        self.until(lambda: self.topology("run")["state"] == "running", "it runs")
        self.succeeds(self.ask("ps", "--user", "eve"))
        self.fails(self.ask("drain", "node-2", "--user", "eve"), TOPOLOGY_AT_FAULT, "user eve may not")

        # What is wrong changes nothing, and is said with its place.
        self.write("c/cluster.yaml", self.read("c/cluster.yaml").replace("eve: reader", "eve: owner"))
        reload(master, "c/cluster.yaml:5:26: error[E0705]: `owner` is no role", "counts on")
        self.write("c/cluster.yaml", self.read("c/cluster.yaml").replace("eve: owner", "eve: admin"))
        reload(master)
        self.succeeds(self.ask("drain", "node-2", "--user", "eve"))

        # What cannot change is said to; a node and a user that are no longer there are not heard any more.
        configure("node-1: {address: 127.0.0.1, labels: {disk: ssd}}", ada, free_port())
        reload(master, "master.address has changed: that counts from the next start")
        reload(second, "no node `node-2` any more", "counts on")
        configure("node-1: {address: 127.0.0.1, labels: {disk: ssd}}", "ada: admin, eve: reader")
        os.remove(self.path("c/keys/user-eve.pub"))
        reload(master)
        self.fails(self.ask("ps", "--user", "eve"), OUTSIDE_FAILED, "this key is not known there", "reload")
        self.assertEqual([node["name"] for node in self.ps()["nodes"]], ["node-1"])
        self.assertEqual(self.topology("run")["state"], "running")


if __name__ == "__main__":
    unittest.main()
