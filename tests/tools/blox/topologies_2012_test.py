"""Those of the topologies of 2012 that need the outside: programs that ask, a web server, four hundred files."""

import base64
import http.server
import json
import os
import signal
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from command import BLOX, LONGEST, TOP, CommandTest

FOLDER = os.path.join(TOP, "topologies", "2012")


class Site(http.server.BaseHTTPRequestHandler):
    PAGES = {
        "/": ("text/html", b'<html><img src="/x.png"><link rel="stylesheet" href="/s.css"></html>'),
        "/x.png": ("image/png", b"\x89PNG\x00\xff"),
        "/s.css": ("text/css", b"p {}"),
    }

    def do_GET(self):
        found = self.PAGES.get(self.path)
        self.send_response(200 if found else 404)
        kind, body = found or ("text/plain", b"")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Topologies(CommandTest):
    def free_port(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Site) as server:
            return server.server_address[1]

    def run_2012(self, name, *sets):
        words = [word for one in sets for word in ("--set", one)]
        process = subprocess.Popen([BLOX, "run", "-q", os.path.join(FOLDER, name), *words], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.finish, process)
        return process

    def finish(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def stop(self, process):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST)
        self.assertEqual(process.returncode, 0, err)
        return out.decode("utf-8")

    def ask(self, port, method, question):
        """The answer as a list of records; waits until somebody listens."""
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{method}", json.dumps(question).encode(),
                                         {"Content-Type": "application/json"})
        answers = []

        def answered():
            try:
                with urllib.request.urlopen(request, timeout=LONGEST) as answer:
                    answers.append(json.load(answer))
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError:
                return False
            return True

        self.until(answered, f"somebody answers at port {port}")
        return answers[0]

    def test_rpc_prints_what_an_outside_program_says(self):
        port = self.free_port()
        process = self.run_2012("rpc.blox", f"listen=127.0.0.1:{port}")
        self.assertEqual(self.ask(port, "dump", {"value": ["hello", 3]}), [{"value": ["hello", 3]}])
        self.assertEqual(self.stop(process), '{"value":["hello",3]}\n')

    def test_bookmark_keeps_pages_with_their_assets(self):
        site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.server_close)
        self.addCleanup(site.shutdown)
        port, page = self.free_port(), f"http://127.0.0.1:{site.server_address[1]}/"
        process = self.run_2012("bookmark.blox", f"listen=127.0.0.1:{port}", "robots=false")
        self.ask(port, "add", {"url": page})
        self.until(lambda: len(self.ask(port, "list", {})) >= 3, "the page and its assets are kept")
        listed = self.ask(port, "list", {})
        self.assertEqual({record["url"] for record in listed}, {page, page + "x.png", page + "s.css"})
        restored = self.ask(port, "restore", {"url": page + "x.png"})
        self.assertEqual(base64.b64decode(restored[0]["body"]), Site.PAGES["/x.png"][1])
        self.assertEqual(len(self.ask(port, "forget", {"url": page})), 1)
        self.assertEqual(len(self.ask(port, "list", {})), 2)
        self.stop(process)

    def test_file_analytics_counts_four_hundred_files(self):
        for i in range(400):
            self.write(f"in/{i % 7}/{i}." + ("txt" if i % 4 else "mp3"), f"generated {i}\n")
        topology = f"""
            include "{FOLDER}/file_analytics.blox";
            found :: Ask(question = {{query: "generated"}});  found [ask] => [count] solr;
            all :: Ask(question = {{all: true}});  all [ask] => [count] mongo;
            found [out] -> Print(label = "texts");  all [out] -> Print(label = "records");
        """
        done = self.run_text(topology, "-q", "--set", "directory=in")
        self.succeeds(done)
        lines = done.out.splitlines()
        self.assertEqual(sum(line.startswith("type: ") for line in lines), 2, done.out)
        self.assertIn('texts: {"count":300}', lines)
        self.assertIn('records: {"count":400}', lines)


if __name__ == "__main__":
    unittest.main()
