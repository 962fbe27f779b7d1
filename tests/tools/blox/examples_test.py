"""The example in the documentation of each element class runs, to its end, and refuses nothing.

An example that reads standard input gets `tests/elements/GROUP/NAME.input`, the file beside the class's text test.
"""

import json
import os
import unittest

from command import TOP, CommandTest


class Examples(CommandTest):
    def setUp(self):
        super().setUp()
        os.symlink(os.path.join(TOP, "topologies"), self.path("topologies"))

    def runs(self, example, stdin):
        done = self.run_text(example, "--summary", "json", stdin=stdin)
        self.succeeds(done)
        self.assertEqual(done.refused(), {}, done.err)
        self.assertEqual(done.summary()["not_drained"], [])
        self.assertTrue(any(element["records_in"] for element in done.summary()["elements"]), "no record went through")
        if "Print" in example:
            self.assertNotEqual(done.out, "", "nothing was printed")
        if "Ask" in example:
            self.assertIn(" → ", done.err, "no question was answered")

    def test_runs_the_examples_of_all_classes(self):
        classes = json.loads(self.blox("list", "--format", "json").out)
        self.assertGreater(len(classes), 20)
        for about in classes:
            examples = [s["text"] for s in about["sections"] if s["title"] == "Example"]
            with self.subTest(about["name"]):
                self.assertNotEqual(examples, [], f"{about['file']} has no example")
                sample = os.path.join("tests", about["file"].removesuffix(".cc") + ".input")
                reads = any("Stdin" in example for example in examples)
                self.assertEqual(os.path.exists(os.path.join(TOP, sample)), reads,
                                 f"{sample} is what an example with `Stdin` reads")
                stdin = ""
                if reads:
                    with open(os.path.join(TOP, sample), encoding="utf-8") as file:
                        stdin = file.read()
                for example in examples:
                    self.runs(example, stdin)


if __name__ == "__main__":
    unittest.main()
