"""A whole real run with all its threads: the first topology over this folder of tests. Under the thread sanitizer, too."""

import os
import unittest

from command import TOP, CommandTest


class LiveRun(CommandTest):
    def test_indexes_the_words_of_a_folder(self):
        done = self.blox("run", os.path.join(TOP, "topologies/file_index/file_index.blox"), "--set",
                         "dir=" + os.path.join(TOP, "tests"), "--set", "out=" + self.folder, "--summary", "json")
        self.succeeds(done)
        self.assertNotIn("ThreadSanitizer", done.err)
        elements = {element["path"]: element for element in done.summary()["elements"]}
        self.assertGreater(elements["files"]["records_out"], 10)
        self.assertGreater(elements["counts"]["records_in"], 100)
        self.assertGreater(elements["index"]["records_in"], 100)
        self.assertEqual(sorted(os.listdir(self.folder)), ["files.lmdb", "words.lmdb"])


if __name__ == "__main__":
    unittest.main()
