"""Drives the real language server over its pipes: drive.py BLOX"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

BLOX = None


class Server:
    def __init__(self):
        self.process = subprocess.Popen([BLOX, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.ids = 0

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self):
        length = None
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":")
            if name == b"Content-Length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))

    def request(self, method, params=None):
        self.ids += 1
        self.send(id=self.ids, method=method, params=params or {})
        while True:
            message = self.receive()
            if "method" not in message:
                return message

    def open(self, path, text):
        self.send(method="textDocument/didOpen", params={"textDocument": {
            "uri": "file://" + path, "languageId": "blox", "version": 1, "text": text}})

    def end(self):
        """The exit code, once everything is closed."""
        self.process.stdin.close()
        code = self.process.wait(timeout=60)
        self.stderr = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class LanguageServer(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def test_a_whole_session(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "common.blox"), "w", encoding="utf-8") as file:
                file.write("elementclass Top { input -> Head(1) -> output }\n")
            self.assertEqual(self.server.request("initialize", {"processId": None})["result"]["serverInfo"]["name"], "blox")
            self.server.send(method="initialized", params={})
            self.server.open(folder + "/main.blox", 'include "common.blox";\nCountr(limit = 3) -> Top -> Print;\n')
            shown = self.server.receive()["params"]
            self.assertEqual([d["code"] for d in shown["diagnostics"]], ["E0201"])
            self.server.send(method="textDocument/didChange", params={
                "textDocument": {"uri": shown["uri"], "version": 2},
                "contentChanges": [{"range": {"start": {"line": 1, "character": 5}, "end": {"line": 1, "character": 5}}, "text": "e"}]})
            self.assertEqual(self.server.receive()["params"], {"uri": shown["uri"], "version": 2, "diagnostics": []})
            self.assertIsNone(self.server.request("shutdown")["result"])
            self.server.send(method="exit")
            self.assertEqual(self.server.end(), 0)
            self.assertEqual(self.server.stderr, "")

    def test_an_include_that_is_no_file_keeps_nobody_waiting(self):
        self.server.request("initialize")
        self.server.open("/main.blox", 'include "/dev/stdin"; include "/dev/zero"; include "/tmp"; include "/nowhere";')
        codes = [d["code"] for d in self.server.receive()["params"]["diagnostics"]]
        self.assertEqual(codes, ["E0901"] * 4)
        self.assertIsNone(self.server.request("shutdown")["result"])
        self.server.send(method="exit")
        self.assertEqual(self.server.end(), 0)

    def test_exit_without_shutdown_is_1(self):
        self.server.request("initialize")
        self.server.send(method="exit")
        self.assertEqual(self.server.end(), 1)

    def test_an_editor_that_goes_away_is_1(self):
        self.server.request("initialize")
        self.server.write(b"Content-Length: 100\r\n\r\n{")
        self.assertEqual(self.server.end(), 1)

    def test_goes_on_after_garbage(self):
        self.server.write(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(self.server.receive()["error"]["code"], -32700)
        self.assertIn("result", self.server.request("initialize"))
        self.server.write(b"Content-Length: 3\r\n\r\n{\xff}")
        self.assertEqual(self.server.receive()["error"]["code"], -32700)
        self.server.write(b"Content-Length: 40000000\r\n\r\n" + b" " * 40000000)
        self.assertEqual(self.server.receive()["error"]["code"], -32600)
        self.assertIsNone(self.server.request("shutdown")["result"])
        self.server.send(method="exit")
        self.assertEqual(self.server.end(), 0)

    def test_a_client_that_stops_reading_ends_the_server(self):
        self.server.process.stdout.close()
        self.server.send(id=1, method="initialize", params={})
        self.server.process.stdin.close()
        self.assertNotEqual(self.server.process.wait(timeout=60), 0)
        self.server.process.stderr.close()


if __name__ == "__main__":
    BLOX = sys.argv.pop(1)
    unittest.main()
