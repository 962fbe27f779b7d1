"""A cluster on this machine, for one test: `blox cluster up` in the folder of the test, and the verbs that ask it."""

import json
import os
import signal
import socket
import subprocess

from command import BLOX, CommandTest


class ClusterTest(CommandTest):
    """Each test has a cluster of its own, in a folder of its own."""

    def setUp(self):
        super().setUp()
        self.environment = {**os.environ, "BLOX_CLUSTER": self.path("c/cluster.yaml")}

    def up(self, nodes=3):
        self.addCleanup(self.blox, "cluster", "down", "--folder", "c")
        self.succeeds(self.blox("cluster", "up", "-n", str(nodes), "--folder", "c", "--detach"))

    def ask(self, *words, **more):
        return self.blox(*words, env=self.environment, **more)

    def submit(self, name, topology, *words):
        return self.ask("submit", "--name", name, "-e", topology, *words)

    def ps(self):
        done = self.ask("ps", "--format", "json")
        self.succeeds(done)
        return json.loads(done.out)

    def topology(self, name):
        return next(one for one in self.ps()["topologies"] if one["name"] == name)

    def process_of(self, name):
        return next(int(line.split()[0]) for line in self.read("c/processes").splitlines() if line.split()[1] == name)

    def kill(self, name):
        """And waits until it has let go of all that it held."""
        process = self.process_of(name)
        os.kill(process, signal.SIGKILL)

        def ended():
            try:
                with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
                    return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
            except OSError:
                return True

        self.until(ended, f"{name} has ended")

    def begin(self, *words):
        process = subprocess.Popen([BLOX, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.kill()
            process.wait()

        self.addCleanup(end)

    def listened(self, *words):
        """A process whose lines can be waited for."""
        process = subprocess.Popen([BLOX, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   bufsize=0)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
