"""topologies/backup over random trees: what is restored is what was there, also after kills; the store stays true."""

import json
import os
import random
import re
import resource
import shutil
import stat
import subprocess
import unittest

from command import BLOX, OUTSIDE_FAILED, TOP, TOPOLOGY_AT_FAULT, CommandTest

TOPOLOGIES = os.path.join(TOP, "topologies/backup")
NAMES = [b"plain", b"two words", b"new\nline", "näme".encode(), "日本".encode(), b"bad\xff\xfe", b"\xee\xbe\x80", b"-dash",
         b"$dollar", b'quo"te', b".hidden", b"x" * 200]


def is_root():
    return os.geteuid() == 0


def content(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return b""
    if kind == 1:
        return rng.randbytes(rng.randrange(1, 300))
    if kind == 2:
        return b"the same in many files\n" * 1000
    if kind == 3:
        return rng.randbytes(70_000) + bytes(200_000) + rng.randbytes(5)  # a hole
    if kind == 4:
        return bytes(rng.randrange(1, 20_000))
    return rng.randbytes(rng.randrange(100_000, 700_000))


def set_time(path, rng):
    # Before 1970, and to the nanosecond.
    when = rng.choice([0, -1, -1_500_000_001, 1_700_000_000_123_456_789, rng.randrange(-10**18, 2 * 10**18)])
    os.utime(path, ns=(0, when), follow_symlinks=False)


def make_tree(folder, rng, entries=60):
    """A folder with all that may be in one; modes are set when everything is there."""
    os.mkdir(folder)
    folders, modes = [folder], {}
    deep = folder
    for _ in range(40):
        deep = os.path.join(deep, b"d")
        os.mkdir(deep)
        folders.append(deep)
    for i in range(entries):
        path = os.path.join(rng.choice(folders), rng.choice(NAMES) + str(i).encode())
        kind = rng.randrange(8)
        if kind == 0:
            os.symlink(rng.choice([b"nowhere", b"../..", b"bad\xff", b"/etc/passwd"]), path)
        elif kind < 3:
            os.mkdir(path)
            folders.append(path)
        else:
            with open(path, "wb") as file:
                file.write(content(rng))
        if kind > 0:
            readable = 0 if is_root() else stat.S_IRWXU if kind < 3 else stat.S_IRUSR
            modes[path] = rng.choice([0o644, 0o600, 0o7777, 0, 0o4755, 0o1777, rng.randrange(0o10000)]) | readable
    paths = [folder] + [os.path.join(above, name) for above, below, names in os.walk(folder) for name in below + names]
    for path in sorted(paths, key=len, reverse=True):
        if path in modes:
            os.chmod(path, modes[path])
        set_time(path, rng)
    return folder


def picture(folder):
    """All that is to be restored: {path: (kind, mode, time, content)}."""
    out = {}
    for above, below, names in os.walk(folder):
        for path in [above] if above == folder else []:
            out[b""] = describe(path)
        for name in below + names:
            path = os.path.join(above, name)
            out[os.path.relpath(path, folder)] = describe(path)
    return out


def describe(path):
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return "link", 0, status.st_mtime_ns, os.readlink(path)
    if stat.S_ISDIR(status.st_mode):
        return "folder", stat.S_IMODE(status.st_mode), status.st_mtime_ns, b""
    with open(path, "rb") as file:
        return "file", stat.S_IMODE(status.st_mode), status.st_mtime_ns, file.read()


class Backup(CommandTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.make_removable)
        shutil.copytree(TOPOLOGIES, self.path("topologies"))
        # Commits often, so that a kill finds some; set-user-id bits too, without waiting for the disk.
        self.change("store.blox", "path = $store,", "path = $store, commit_bytes = 128KiB,")
        self.change("restore.blox", "whole = true", "whole = true, set_id = true, durable = false, existing = keep")

    def make_removable(self):
        for above, below, _ in os.walk(os.fsencode(self.folder)):
            for name in below:
                if not os.path.islink(os.path.join(above, name)):
                    os.chmod(os.path.join(above, name), 0o700)

    def change(self, name, before, after):
        text = self.read("topologies/" + name)
        self.assertIn(before, text)
        self.write("topologies/" + name, text.replace(before, after))

    def tree(self, seed):
        return make_tree(os.fsencode(self.path(f"tree{seed}")), random.Random(seed))

    def words(self, name, **settings):
        return [self.path(f"topologies/{name}.blox"), *(word for key, value in settings.items()
                                                        for word in ("--set", f"{key}={value}"))]

    def topology(self, name, **settings):
        done = self.blox("run", "--summary", "json", *self.words(name, **settings))
        self.succeeds(done)
        return done

    def totals(self, done):
        found = re.search(r"totals: .* → (\{.*\})", done.err).group(1)
        return json.loads(re.sub(r"(\w+):", r'"\1":', found))

    def backup(self, tree, snapshot, store="s.lmdb"):
        done = self.topology("backup", dir=os.fsdecode(tree), snapshot=snapshot, store=self.path(store))
        self.assertEqual(done.refused(), {})
        return self.totals(done)

    def restored(self, snapshot, to, store="s.lmdb"):
        done = self.topology("restore", snapshot=snapshot, to=self.path(to), store=self.path(store))
        self.assertEqual(done.refused(), {})
        return picture(os.fsencode(self.path(to)))

    def same(self, a, b):
        self.assertEqual(sorted(a), sorted(b))
        for path, entry in a.items():
            self.assertEqual(entry[:3], b[path][:3], path)
            self.assertTrue(entry[3] == b[path][3], path)

    def test_gives_random_trees_back_as_they_were(self):
        for seed in range(4):
            tree = self.tree(seed)
            self.backup(tree, f"s{seed}")
            self.same(picture(tree), self.restored(f"s{seed}", f"out{seed}"))

    def test_stores_only_what_is_new(self):
        tree = self.tree(10)
        large = os.path.join(tree, b"large")
        with open(large, "wb") as file:
            file.write(random.Random(1).randbytes(8 << 20))
        first = self.backup(tree, "first")
        self.assertEqual(self.backup(tree, "second")["added"], 0)
        with open(large, "r+b") as file:
            file.seek(4 << 20)
            file.write(b"!")
        third = self.backup(tree, "third")
        self.assertIn(third["added"], (1, 2, 3))

        # What only one snapshot has goes with it; the others are as they were.
        for snapshot in ("second", "third"):
            done = self.topology("forget", forget=snapshot, store=self.path("s.lmdb"))
        left = self.totals(done)
        for field in ("records", "contents", "bytes", "stored", "referred"):
            self.assertEqual(left[field], first[field], field)
        listed = self.topology("snapshots", store=self.path("s.lmdb")).out
        self.assertEqual([json.loads(line)["snapshot"] for line in listed.splitlines()], ["first"])
        one = self.topology("restore_file", snapshot="first", below="large", to=self.path("one"), store=self.path("s.lmdb"))
        self.assertEqual(one.refused(), {})
        with open(self.path("one/large"), "rb") as file:
            self.assertEqual(len(file.read()), 8 << 20)

    def test_is_whole_after_kills(self):
        tree = self.tree(20)
        for i in range(30):
            with open(os.path.join(tree, b"more%d" % i), "wb") as file:
                file.write(random.Random(i).randbytes(300_000))
        expected = self.backup(tree, "s", store="expected.lmdb")
        store = self.path("s.lmdb")
        rng = random.Random(3)
        for _ in range(6):
            size = os.path.getsize(store) if os.path.exists(store) else 0
            enough = size + rng.randrange(0, 2 << 20)
            process = self.start_file("backup", dir=os.fsdecode(tree), snapshot="s", store=store)
            self.until(lambda: process.poll() is not None or
                       (os.path.exists(store) and os.path.getsize(store) > enough), "the store has grown")
            process.kill()
            process.wait()
        if os.path.getsize(store) > 0:
            partial = self.blox("run", *self.words("restore", snapshot="s", to=self.path("partial"), store=store))
            self.assertIn(partial.code, (0, TOPOLOGY_AT_FAULT))  # incomplete, or it ended before the last kill
        done = self.backup(tree, "s")
        for field in ("records", "contents", "bytes", "stored", "referred"):
            self.assertEqual(done[field], expected[field], field)
        # A restore that is killed goes on where it stopped.
        out = self.path("out")
        for files in (2, 20):
            process = self.start_file("restore", snapshot="s", to=out, store=store)
            self.until(lambda: process.poll() is not None or
                       (os.path.exists(out) and len(os.listdir(out)) > files), "some files are there")
            process.kill()
            process.wait()
        self.same(picture(tree), self.restored("s", "out"))

    def start_file(self, name, **settings):
        process = subprocess.Popen([BLOX, "run", *self.words(name, **settings)], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_has_no_old_end_of_a_file_that_has_become_shorter(self):
        tree = os.fsencode(self.path("tree"))
        os.mkdir(tree)
        for size in (900_000, 300_000, 0):
            with open(os.path.join(tree, b"file"), "wb") as file:
                file.write(random.Random(size).randbytes(size))
            self.backup(tree, "first")
            self.same(picture(tree), self.restored("first", f"out{size}"))

    def test_says_what_cannot_be_kept(self):
        tree = os.fsencode(self.path("tree"))
        os.mkdir(tree)
        os.mkfifo(os.path.join(tree, b"pipe"))
        with open(os.path.join(tree, b"file"), "wb") as file:
            file.write(b"kept")
        os.link(os.path.join(tree, b"file"), os.path.join(tree, b"other name"))
        done = self.topology("backup", dir=self.path("tree"), store=self.path("s.lmdb"))
        self.assertEqual(done.refused(), {("tree", "file.not_kept"): 1})
        self.assertIn("pipe: it is a pipe, which cannot be kept", done.out)
        self.assertIn("2 files have several names", done.err)
        os.remove(os.path.join(tree, b"pipe"))
        restored = self.restored("first", "out")
        self.assertEqual(restored[b"other name"][3], b"kept")

    def test_a_full_disk_costs_the_files_that_find_no_room(self):
        tree = os.fsencode(self.path("tree"))
        os.mkdir(tree)
        for name, size in (b"large", 900_000), (b"small", 5_000):
            with open(os.path.join(tree, name), "wb") as file:
                file.write(random.Random(size).randbytes(size))

        def room(size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        # The backup fails, and what was committed is whole: it goes on when there is room.
        failed = self.blox("run", *self.words("backup", dir=os.fsdecode(tree), store=self.path("s.lmdb")),
                           preexec_fn=lambda: room(500_000))
        self.fails(failed, OUTSIDE_FAILED, "error: chunks: ")
        self.backup(tree, "first")
        done = self.blox("run", "--summary", "json", *self.words("restore", to=self.path("out"), store=self.path("s.lmdb")),
                         preexec_fn=lambda: room(300_000))
        refused = done.refused()
        self.assertEqual(refused[("restored", "restore.unwritable")], 1)
        self.assertEqual(set(refused), {("restored", "restore.unwritable"), ("restored", "restore.piece")})
        self.assertIn("large: cannot write the file: File too large", done.out)
        self.assertEqual(os.listdir(self.path("out")), ["small"])
        self.same(picture(tree), self.restored("first", "out"))

    @unittest.skipUnless(is_root(), "only root may give files away")
    def test_gives_owners_back_to_root(self):
        self.change("restore.blox", "set_id = true", "owner = true, set_id = true")
        tree = os.fsencode(self.path("tree"))
        os.mkdir(tree)
        with open(os.path.join(tree, b"file"), "wb") as file:
            file.write(b"content")
        os.symlink(b"file", os.path.join(tree, b"link"))
        for path, owner in (b"", 1234), (b"file", 2345), (b"link", 3456):
            os.chown(os.path.join(tree, path), owner, owner + 1, follow_symlinks=False)
        os.chmod(os.path.join(tree, b"file"), 0o6755)
        self.backup(tree, "first")
        self.same(picture(tree), self.restored("first", "out"))
        for path, owner in ("", 1234), ("file", 2345), ("link", 3456):
            status = os.lstat(self.path("out/" + path))
            self.assertEqual((status.st_uid, status.st_gid), (owner, owner + 1), path)

    def test_finds_damage_in_the_store(self):
        tree = os.fsencode(self.path("tree"))
        os.mkdir(tree)
        for i in range(20):
            with open(os.path.join(tree, b"f%d" % i), "wb") as file:
                file.write(random.Random(i).randbytes(20_000))
        self.backup(tree, "first")
        with open(os.path.join(tree, b"f7"), "rb") as file:
            lost = file.read()
        with open(self.path("s.lmdb"), "r+b") as file:
            data = file.read()
            at = data.index(lost[5000:5100])
            file.seek(at)
            file.write(bytes([data[at] ^ 1]))
        done = self.topology("restore", to=self.path("out"), store=self.path("s.lmdb"))
        self.assertEqual(done.refused(), {("chunks", "store.damaged"): 1})
        self.assertIn('below: \\"f7\\"', done.out)
        self.assertEqual(len(os.listdir(self.path("out"))), 19)
        self.assertFalse(self.exists("out/f7"))


if __name__ == "__main__":
    unittest.main()
