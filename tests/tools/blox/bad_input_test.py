"""Bad input gives an error that names the element and the thing at fault; what can go on goes on."""

import gzip
import os
import re
import shutil
import socket
import subprocess
import unittest

from command import (COMMAND_LINE_AT_FAULT, OUTSIDE_FAILED, PLUGINS, TOPOLOGY_AT_FAULT, CommandTest)

TEXT = b"".join(b"line %d of some text that can be compressed\n" % i for i in range(2000))


class Files(CommandTest):
    def refuses(self, topology, expected, *parts, stdin=""):
        """The run ends well, prints what is good, and counts these refusals."""
        done = self.run_text(topology, "--summary", "json", stdin=stdin)
        self.succeeds(done)
        self.assertEqual(done.refused(), expected)
        for part in parts:
            self.assertIn(part, done.err)
        return done

    def test_files_that_cannot_be_read_are_named_and_the_others_are_read(self):
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("pipe"))
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.path("socket"))
        self.write("good.txt", "good\n")
        # The last but one can be opened, but its first byte cannot be read, not even by root.
        names = ["missing", "folder", "pipe", "socket", "/dev/null", "good.txt/x", "/proc/self/mem", "good.txt"]
        done = self.refuses(
            'Stdin -> Map(path = "line") -> reader :: FileReader -> Select([content]) -> Print',
            {("reader", "file.unreadable"): 3, ("reader", "file.not_regular"): 4},
            "missing: cannot open: No such file or directory", "/proc/self/mem: cannot read: Input/output error",
            "folder: cannot read: it is a folder", "socket: cannot read: it is a socket", stdin="\n".join(names))
        self.assertEqual(done.out, '{"content":"good\\n"}\n')

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_without_permission_is_named(self):
        self.write("d/secret", "x")
        os.chmod(self.path("d/secret"), 0)
        self.refuses('FileCrawler(path = "d") -> FileReader -> Print', {("FileReader@1", "file.unreadable"): 1},
                     "d/secret: cannot open: Permission denied")

    def test_data_that_is_no_text_or_broken_is_named_and_the_others_are_read(self):
        whole = gzip.compress(TEXT)
        torn = bytearray(whole)
        torn[len(torn) // 2] ^= 0xFF
        zstd = subprocess.run(["zstd", "-qc"], input=TEXT, capture_output=True, check=False).stdout if shutil.which(
            "zstd") else b"\x28\xb5\x2f\xfd" + TEXT[:40]
        for name, data in {"a_whole.gz": whole, "b_cut.gz": whole[:-100], "c_torn.gz": bytes(torn), "d_cut.zst": zstd[:40],
                           "e_magic.gz": b"\x1f\x8b", "f_picture": b"\x89PNG\0\0\0", "g_latin": b"caf\xe9\n",
                           "h_last.txt": b"last\n"}.items():
            self.write("d/" + name, data)
        done = self.refuses(
            'FileCrawler(path = "d") -> FileReader -> Map(bytes = "length(content)") -> Select([path, bytes]) -> Print',
            {("FileReader@1", "file.damaged"): 4, ("FileReader@1", "file.binary"): 1, ("FileReader@1", "file.not_utf8"): 1},
            "d/b_cut.gz: the gzip data ends in the middle", "d/f_picture: it is no text", "d/g_latin: it is no UTF-8: byte 3")
        self.assertEqual(done.out, '{"path":"d/a_whole.gz","bytes":%d}\n{"path":"d/h_last.txt","bytes":5}\n' % len(TEXT))

    def test_the_lines_before_a_break_are_kept(self):
        self.write("cut.gz", gzip.compress(TEXT)[:-100])
        done = self.refuses('FileCrawler(path = "cut.gz") -> ReadLines -> Select([line]) -> Print',
                            {("ReadLines@1", "file.damaged"): 1}, "cut.gz: the gzip data ends in the middle, after line")
        lines = done.out.splitlines()
        self.assertGreater(len(lines), 100)
        self.assertEqual(lines, ['{"line":"%s"}' % line for line in TEXT.decode().splitlines()[:len(lines)]])

    def test_a_line_that_is_no_json_is_refused_with_the_reason(self):
        done = self.refuses('Stdin -> ParseJson(schema = {id: int}) -> Print',
                            {("ParseJson@1", "json.syntax"): 2, ("ParseJson@1", "json.type"): 1}, "a value was expected",
                            "the field `id`: it is a string, not an int",
                            stdin='{"id": 1}\nnot json\n{"id": "2"}\n{"id": 3\n{"id": 4}\n')
        self.assertEqual(done.out, '{"id":1}\n{"id":4}\n')

    def test_a_sample_with_a_member_that_stands_twice_has_no_record_type(self):
        self.write("sample.jsonl", '{"a": 1}\n\n{"a": 2, "b": [{"c": 1, "a": 2, "c": 3}]}\n')
        done = self.blox("schema", "sample.jsonl")
        self.fails(done, TOPOLOGY_AT_FAULT, "sample.jsonl, line 3: an object has a member twice")
        self.assertEqual(done.out, "")

    def test_what_is_refused_ends_the_run_where_that_is_asked_for(self):
        done = self.run_text("Stdin -> ParseJson(schema = {id: int}) { on_error = fail } -> Print", stdin="no\n")
        self.fails(done, TOPOLOGY_AT_FAULT, "ParseJson@1: refused 1 of 1 records", "a value was expected")

    def test_a_folder_that_is_not_there_is_an_error_with_a_fix(self):
        done = self.run_text('files :: FileCrawler(path = "no/such") -> FileReader -> Print')
        self.fails(done, OUTSIDE_FAILED, "files: no/such: cannot crawl: No such file or directory", "give `path`")

    def test_a_folder_that_vanishes_while_it_is_crawled_is_named_and_the_rest_goes_on(self):
        os.mkdir(self.path("d"))
        os.mkdir(self.path("d/a"))
        for i in range(2000):
            open(self.path("d/a/%0240d" % i), "wb").close()
        self.write("d/y/file", "")
        self.write("d/z", "")
        # Nobody reads what it prints, so it stands still long before it has looked at d/y.
        process = self.start('FileCrawler(path = "d") -> { queue = 1 } Select([path]) -> Print', "--summary", "json")
        first = process.stdout.readline()
        shutil.rmtree(self.path("d/y"))
        done = self.end_of(process)
        self.succeeds(done)
        self.assertIn(b"d/a/", first)
        self.assertEqual(done.refused(), {("FileCrawler@1", "file.unreadable"): 1})
        self.assertIn("d/y: cannot look at the file: No such file or directory", done.err)
        self.assertEqual(done.out.count("\n"), 2000)  # all but the first, and d/z
        self.assertTrue(done.out.endswith('{"path":"d/z"}\n'))


class Outputs(CommandTest):
    TO_STORE = 'Counter(limit = 3) -> Store(path = "s.lmdb", key = [value])'
    COUNT = 'Ask(question = {all: true}) [ask] => [count] store :: Store(path = "s.lmdb", key = [value]); Counter(limit = 3) -> store'

    def test_a_store_file_that_is_no_store_is_left_as_it_is(self):
        for data in (b"a letter to somebody\n" * 10, b"\0" * 8192, b"\xff" * 20000):
            self.write("s.lmdb", data)
            self.fails(self.run_text(self.TO_STORE), TOPOLOGY_AT_FAULT, "Store@1: s.lmdb: the file is no LMDB file",
                       "name another file; this one was not touched")
            with open(self.path("s.lmdb"), "rb") as file:
                self.assertEqual(file.read(), data)

    def test_a_store_that_was_cut_off_is_refused(self):
        self.succeeds(self.run_text('Counter(limit = 20000) -> Store(path = "s.lmdb", key = [value])'))
        for size in (os.path.getsize(self.path("s.lmdb")) // 8192 * 4096, 9000):
            os.truncate(self.path("s.lmdb"), size)
            self.fails(self.run_text(self.TO_STORE), TOPOLOGY_AT_FAULT, "Store@1: s.lmdb: the store is cut off",
                       "restore it from a copy, or start afresh with fresh = true")

    def test_a_store_of_other_records_is_refused_with_both_types(self):
        self.succeeds(self.run_text(self.TO_STORE))
        done = self.run_text('Counter(limit = 3) -> Map(value = "value::text") -> Store(path = "s.lmdb", key = [value])')
        self.fails(done, TOPOLOGY_AT_FAULT, "Store@1: s.lmdb: the store holds {value: int}", "{value: string}", "fresh = true")

    def test_a_store_in_use_by_another_process_is_refused(self):
        busy = self.start('Counter -> Throttle(rate = 1) -> [in] split :: Union -> Store(path = "s.lmdb", key = [value]); '
                          "split -> Print")
        busy.stdout.readline()  # all elements are open
        self.fails(self.run_text(self.TO_STORE), TOPOLOGY_AT_FAULT,
                   "Store@1: s.lmdb: another element or process has the store open", "give each `Store` a file of its own")

    def test_a_folder_that_is_missing_for_an_output_is_an_error_with_a_fix(self):
        for element in ('Store(path = "no/s.lmdb", key = [value])', 'WriteFile(path = "no/out.json")'):
            done = self.run_text("Counter(limit = 3) -> sink :: " + element)
            self.fails(done, OUTSIDE_FAILED, "sink: no/", "No such file or directory", "make the folder first")
            self.assertFalse(self.exists("no"))

    def test_a_folder_where_a_file_is_to_be_written_is_an_error(self):
        os.mkdir(self.path("taken"))
        for element in ('Store(path = "taken", key = [value])', 'WriteFile(path = "taken")'):
            self.fails(self.run_text("Counter(limit = 3) -> sink :: " + element), OUTSIDE_FAILED, "sink: ", "taken",
                       "Is a directory")

    def test_a_file_that_another_process_writes_is_refused(self):
        busy = self.start('Counter -> Throttle(rate = 1) -> [in] split :: Union -> WriteFile(path = "out"); split -> Print')
        busy.stdout.readline()
        done = self.run_text('Counter(limit = 3) -> WriteFile(path = "out")')
        self.fails(done, TOPOLOGY_AT_FAULT, "WriteFile@1: out: another element or process is writing this file",
                   "give each `WriteFile` a file of its own")


class Addresses(CommandTest):
    def test_an_address_in_use_is_named(self):
        with socket.socket() as taken, socket.socket(socket.AF_UNIX) as taken_file:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            taken_file.bind(self.path("taken.sock"))
            taken_file.listen()
            done = self.run_text(f'lines :: TcpListen(address = "{address}") -> Print')
            self.fails(done, OUTSIDE_FAILED, "lines: ", address, "in use")
            done = self.run_text('lines :: UnixListen(path = "taken.sock") -> Print')
            self.assertNotEqual(done.code, 0)
            self.fails(done, done.code, "lines: ", "taken.sock")
        self.assertTrue(self.exists("taken.sock"))


class Plugins(CommandTest):
    def refuses(self, name, *parts):
        done = self.run_text(f'plugin "{name}"; Counter(limit = 1) -> Print')
        self.fails(done, TOPOLOGY_AT_FAULT, "error[E0904]", os.path.basename(name), *parts)
        self.assertEqual(done.out, "")

    def test_a_plugin_of_another_build_is_refused_with_both_stamps(self):
        self.refuses(os.path.join(PLUGINS, "wrong_stamp.so"), "`datablox 0.0.1; another compiler`", "this program's `datablox ",
                     "build it again")

    def test_a_shared_object_that_is_no_plugin_is_refused(self):
        self.refuses(os.path.join(PLUGINS, "no_plugin.so"), "no plug-in: it carries no stamp", "BLOX_PLUGIN()")

    def test_what_is_no_shared_object_is_refused(self):
        for data in ("text", "text " * 1000, b"\x7fELF" + b"\xff" * 4096, ""):
            self.write("it.so", data)
            self.refuses("it.so", "is no shared object")

    def test_a_plugin_that_is_not_there_is_refused_with_the_places_that_were_looked_at(self):
        self.refuses("none.so", "there is no plug-in `none.so`", "BLOX_PATH")


class Topologies(CommandTest):
    def test_a_topology_that_cannot_be_read_is_an_error_of_the_outside(self):
        os.mkdir(self.path("folder"))
        for name, why in (("none.blox", "No such file or directory"), ("folder", "Is a directory")):
            self.fails(self.blox("run", name), OUTSIDE_FAILED, f"`{name}`: cannot read: {why}")

    def test_a_topology_that_is_no_text_is_refused_at_its_place(self):
        self.write("bad.blox", b"Counter -> \xff\xfe Print;\n")
        self.fails(self.blox("run", "bad.blox"), TOPOLOGY_AT_FAULT, "bad.blox:1:12: error[E0104]")

    def test_nothing_starts_when_something_is_wrong(self):
        done = self.run_text('Counter(limit = 3) -> WriteFile(path = "out"); Counter -> Filtr("value > 1") -> Print;')
        self.fails(done, TOPOLOGY_AT_FAULT, "<text>:1:59: error[E0201]", "did you mean `Filter`?", "^~~~~")
        self.assertEqual(os.listdir(self.folder), [])

    def test_all_that_is_wrong_is_said_at_once(self):
        done = self.run_text('Filter("x >") -> Print; Counter(limit = "a") -> Prnt;')
        self.assertEqual(done.code, TOPOLOGY_AT_FAULT)
        self.assertGreaterEqual(len(re.findall(r"error\[E\d{4}\]", done.err)), 3, done.err)

    def test_a_command_line_that_is_wrong_is_said_to_be(self):
        for words in (["rn"], ["run"], ["run", "a", "b"], ["run", "--drain", "soon", "-e", "Counter -> Print"],
                      ["run", "--no-such", "a"], ["run", "--set", "a", "-e", "Counter -> Print"], []):
            done = self.blox(*words)
            self.assertEqual(done.code, COMMAND_LINE_AT_FAULT, words)
            self.assertEqual(done.out, "")
            self.assertNotEqual(done.err, "")


if __name__ == "__main__":
    unittest.main()
