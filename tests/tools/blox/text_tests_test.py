"""`blox test` as people meet it: many cases at a time, what crashes or hangs, results for build servers."""

import json
import os
import signal
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from command import BLOX, COMMAND_LINE_AT_FAULT, DONE, OUTSIDE_FAILED, TOPOLOGY_AT_FAULT, CommandTest

GOOD = 'case passes\ntopology\n  Counter(limit = 1) -> out;\nexpect out\n  {"value":0}\n'
BAD = 'case <fails> & "more"\ntopology\n  Counter(limit = 1) -> out;\nexpect out\n  {"value":1}\n'
COUNT = 'case number {0}\ntopology\n  Counter(start = {0}, limit = 1) -> out;\nexpect out\n  {{"value":-1}}\n'


class TextTests(CommandTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("tmp"))
        self.environment = {**os.environ, "TMPDIR": self.path("tmp")}

    def run_tests(self, *words):
        done = self.blox("test", *words, env=self.environment)
        self.assertEqual(os.listdir(self.path("tmp")), [], "a folder of a case was left")
        return done

    def test_exit_codes_say_whose_fault_it_is(self):
        self.write("good.bloxtest", GOOD)
        self.assertEqual(self.run_tests(".").code, DONE)
        self.write("bad.bloxtest", BAD)
        self.fails(self.run_tests("."), TOPOLOGY_AT_FAULT, "bad.bloxtest:4: `out`: 1 line differs", "value: expected 1, got 0")
        self.fails(self.run_tests("none.bloxtest"), OUTSIDE_FAILED, "none.bloxtest")
        self.fails(self.run_tests("--filter", "nobody"), COMMAND_LINE_AT_FAULT, "nobody")
        self.fails(self.run_tests("--jobs", "0"), COMMAND_LINE_AT_FAULT, "--jobs")
        os.mkdir(self.path("empty"))
        self.fails(self.run_tests("empty"), COMMAND_LINE_AT_FAULT, "no .bloxtest file")

    def test_cases_are_reported_in_their_order_however_many_run_at_a_time(self):
        self.write("many.bloxtest", "\n".join(COUNT.format(i) for i in range(40)))
        one, many = self.run_tests("-j", "1"), self.run_tests("-j", "8")
        self.assertEqual(one.err, many.err)
        self.assertEqual([line for line in many.err.splitlines() if line.startswith("FAILED")],
                         [f"FAILED number {i}" for i in range(40)])
        self.assertEqual(many.out, "0 passed, 40 failed\n")

    def test_a_filter_takes_titles_and_files(self):
        self.write("good.bloxtest", GOOD)
        self.write("bad.bloxtest", BAD)
        self.assertEqual(self.run_tests("-f", "pass").out, "1 passed, 0 failed\n")
        self.assertEqual(self.run_tests("-f", "bad.blox").out, "0 passed, 1 failed\n")

    def test_a_process_that_dies_is_a_case_that_failed(self):
        self.write("a.bloxtest", 'case dies\ntopology\n  Exec(shell = \'kill -9 $PPID\') -> out;\nend\nexpect out\n\n' + GOOD)
        done = self.run_tests()
        self.fails(done, TOPOLOGY_AT_FAULT, "FAILED dies\na.bloxtest:1: the process that ran it was ended by a signal: Killed")
        self.assertEqual(done.out, "1 passed, 1 failed\n")

    def test_a_case_that_hangs_is_ended(self):
        self.write("a.bloxtest", 'case hangs\ntopology\n  Exec(shell = "exec sleep 60") -> out;\nend\nexpect out\n\n' + GOOD)
        self.fails(self.run_tests("--limit", "300ms"), TOPOLOGY_AT_FAULT, "it took longer than 0.3 s of real time")

    def test_ctrl_c_leaves_nothing_behind(self):
        self.write("a.bloxtest", 'case hangs\ntopology\n  Exec(shell = "exec sleep 60") -> out;\nend\nexpect out\n')
        process = subprocess.Popen([BLOX, "test"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.until(lambda: os.listdir(self.path("tmp")), "a case has begun")
        process.send_signal(signal.SIGINT)
        done = self.end_of(process)
        self.fails(done, OUTSIDE_FAILED, "interrupted")
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_build_servers_read_the_results(self):
        self.write("good.bloxtest", GOOD)
        self.write("bad.bloxtest", BAD)
        self.write("worse.bloxtest", "case nothing\ntopology\n  Counter -> Discard;\n")
        self.fails(self.run_tests("--junit", "out.xml"), TOPOLOGY_AT_FAULT)
        suites = ElementTree.parse(self.path("out.xml")).getroot()
        self.assertEqual((suites.tag, suites.attrib["tests"], suites.attrib["failures"], suites.attrib["errors"]),
                         ("testsuites", "3", "1", "1"))
        self.assertEqual({suite.attrib["name"] for suite in suites}, {"good.bloxtest", "bad.bloxtest", "worse.bloxtest"})
        cases = {case.attrib["file"]: case for case in suites.iter("testcase")}
        bad = cases["bad.bloxtest"]
        self.assertEqual((bad.attrib["name"], bad.attrib["line"]), ('<fails> & "more"', "1"))
        self.assertGreaterEqual(float(bad.attrib["time"]), 0)
        self.assertIn("value: expected 1, got 0", bad.find("failure").text)
        self.assertEqual(len(cases["good.bloxtest"]), 0)
        self.assertIn("cannot fail", cases["worse.bloxtest"].find("error").attrib["message"])
        self.fails(self.run_tests("--junit", "no/folder.xml"), OUTSIDE_FAILED, "no/folder.xml")

    def test_programs_read_the_results(self):
        self.write("bad.bloxtest", BAD)
        done = self.run_tests("--format", "json")
        told = json.loads(done.out)
        self.assertEqual((done.code, told["failed"]), (TOPOLOGY_AT_FAULT, 1))
        problem = told["cases"][0]["problems"][0]
        self.assertEqual((told["cases"][0]["verdict"], problem["line"]), ("failed", 4))
        self.assertEqual([line["mark"] for line in problem["diff"]], ["-", "+", ":"])

    def test_what_cannot_be_read_is_said_all_at_once(self):
        self.write("a.bloxtest", 'case one\ntopology\n  Counter -> out;\nexpct out\nexpect out\n  {"a": /(/}\n'
                   "  {b: 1..0}\ncase two\nend\n" + GOOD)
        done = self.run_tests()
        self.fails(done, TOPOLOGY_AT_FAULT, "a.bloxtest:4: unknown statement `expct`; did you mean `expect`?",
                   "a.bloxtest:6: column", "a.bloxtest:7: column", "a.bloxtest:8: a case needs a topology")
        self.assertEqual(done.out, "1 passed, 1 failed\n")

    def test_a_step_that_cannot_be_carried_out_says_why(self):
        topology = "topology\n  in -> step :: Map(n = \"n + 1\") -> out;\nfeed in {n: int}\n  {\"n\":1}\n"
        wrong = {
            "kill stop": "there is no element `stop`; did you mean `step`?",
            "stall step\nend": "`step` is still stalled at the end: `release` it first",
            "release step": "`step` is not stalled",
            "restore": "`restore` follows a `kill`",
            "advance 5": "`advance` needs a duration",
            "fail step after 0 records": "N from 1 on",
            "break pipe EIO": "what can break is `output` and `file NAME`",
            "break output ENOTHING": "last comes the error: one of EPIPE",
            "disk much": "`disk` needs a size",
            "set step.rate 1": "it has no such handler",
            'feed in\n  {"m":1}': "record 1",
            "move a b": "a: cannot move",
            "remove a": "a: cannot remove",
            "end\nfeed in\n  {\"n\":2}": "the topology has ended; `restart` starts it anew",
            "expect value step.inn 1": "`step` has no value `inn`; did you mean `in`?",
            "expect value step.in 1..": "",
            "expect in": "`in` is fed; nothing comes out there",
            "expect exit 1": "exit code: expected 1, got 0",
            "expect failed x": "the topology did not fail",
            "expect refused step x": "step refused nothing as x",
            "expect absent .": "`.` is there",
            "expect file a": "a: it is not there",
            "expect error E0201": "there is no such error",
        }
        self.write("a.bloxtest", "\n".join(f"case {i}\n{topology}{step}\nexpect out\n  {{\"n\":2}}\n"
                                           for i, step in enumerate(wrong)))
        told = json.loads(self.run_tests("--format", "json").out)
        for (step, text), case in zip(wrong.items(), told["cases"]):
            with self.subTest(step=step):
                self.assertEqual(case["verdict"] == "passed", text == "", case)
                self.assertIn(text, "".join(problem["text"] for problem in case["problems"]))

    def test_accepting_leaves_alone_what_fits(self):
        text = ("# Of the file.\ncase one\ntopology\n  Counter(limit = 4) -> out;\n  out2 -> Fail(how = refuse) -> Print;\n"
                'feed out2 {n: int}\n  {"n":1}\nend\nexpect out\n  {"value":   0}\n# Of a block.\n  {"value": 7}\n\n'
                '  {"value":_}\n  {value: 3..9}\n')
        self.write("a.bloxtest", text)
        self.fails(self.run_tests(), TOPOLOGY_AT_FAULT)
        self.succeeds(self.run_tests("--accept"))
        self.assertEqual(self.read("a.bloxtest"),
                         text.replace('{"value": 7}', '{"value":1}') + "expect refused Fail@1 test.failed 1\n")
        self.assertEqual(self.run_tests("--accept").out, "1 passed, 0 failed\n")


if __name__ == "__main__":
    unittest.main()
