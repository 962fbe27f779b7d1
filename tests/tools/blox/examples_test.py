"""The example in the documentation of each element class runs, to its end, and refuses nothing.

An example that reads standard input, or listens, gets `tests/elements/GROUP/NAME.input`, beside the class's text test.
"""

import json
import os
import re
import signal
import socket
import unittest

from command import TOP, CommandTest

SILENT = {"KeepWords": "no line of /etc/services is a single word"}


# These fetch from the network: they are checked only, and run against a server of their own in the named test.
ELSEWHERE = {"WebCrawler": "tests/elements/net/web_crawler_test.cc"}


class Examples(CommandTest):
    def setUp(self):
        super().setUp()
        os.symlink(os.path.join(TOP, "topologies"), self.path("topologies"))

    def check(self, done, about, example):
        self.succeeds(done)
        summary = done.summary()
        if not about["file"].startswith("elements/test/"):  # which fail when told to
            self.assertEqual(done.refused(), {}, done.err)
        self.assertEqual(summary["not_drained"], [])
        if "Ask" in example:
            self.assertIn(" → ", done.err, "no question was answered")
        else:
            passed = any(e["records_in"] or e["records_out"] for e in summary["elements"])
            self.assertTrue(passed, "no record went through")

    def free_port(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def run_to_its_end(self, about, example, stdin):
        example = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{self.free_port()}", example)
        done = self.run_text(example, "--summary", "json", stdin=stdin)
        self.check(done, about, example)
        if "Print" in example and about["name"] not in SILENT:
            self.assertNotEqual(done.out, "", "nothing was printed")

    def run_listening(self, about, example, sent):
        """At an address of its own; stopped once all that was sent has come out."""
        port = self.free_port()
        example = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", example).replace("/tmp/", self.folder + "/")
        unix = re.search(r'UnixListen\(path = "([^"]+)"', example)
        kind, address = (socket.AF_UNIX, unix.group(1)) if unix else (socket.AF_INET, ("127.0.0.1", port))
        process = self.start(example, "--summary", "json")
        with socket.socket(kind) as sender:
            self.until(lambda: sender.connect_ex(address) == 0, f"somebody listens at {address}")
            if "HTTP/1.1" in sent:
                sender.sendall(sent.replace("\n", "\r\n").encode("utf-8"))
                self.assertIn(b"HTTP/1.1 200 OK", sender.recv(1 << 16))
            else:
                sender.sendall(sent.encode("utf-8"))
                for _ in sent.splitlines():
                    self.assertNotEqual(process.stdout.readline(), b"")
        process.send_signal(signal.SIGINT)
        self.check(self.end_of(process), about, example)

    def test_runs_the_examples_of_all_classes(self):
        classes = json.loads(self.blox("list", "--format", "json").out)
        self.assertGreater(len(classes), 20)
        for about in classes:
            examples = [s["text"] for s in about["sections"] if s["title"] == "Example"]
            with self.subTest(about["name"]):
                self.assertNotEqual(examples, [], f"{about['file']} has no example")
                sample = os.path.join("tests", about["file"].removesuffix(".cc") + ".input")
                listens = "Listen" in about["name"] or about["name"] == "Http"
                self.assertEqual(os.path.exists(os.path.join(TOP, sample)), listens or "Stdin" in "".join(examples),
                                 f"{sample} is what an example with `Stdin` or a listener reads")
                given = ""
                if os.path.exists(os.path.join(TOP, sample)):
                    with open(os.path.join(TOP, sample), encoding="utf-8") as file:
                        given = file.read()
                for example in examples:
                    if about["name"] in ELSEWHERE:
                        self.succeeds(self.blox("check", "-e", example))
                        continue
                    (self.run_listening if listens else self.run_to_its_end)(about, example, given)


if __name__ == "__main__":
    unittest.main()
