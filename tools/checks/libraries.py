"""Each third-party library is included in one folder, behind an interface of ours."""

import re

from arrows import folder_of
from tree import Problem

# Beginning of the header's name -> the folders that own it.
OWNERS = {
    "spdlog/": ("core/base",),
    "xxhash.h": ("core/base",),
    "zstd.h": ("core/base",),
    "lz4": ("core/base",),
    "zlib.h": ("core/base",),
    "openssl/": ("core/base", "core/net"),
    "msgpack": ("core/data",),
    "simdjson.h": ("core/data",),
    "re2/": ("core/text",),
    "magic.h": ("core/text",),
    "pg_query": ("core/expr",),
    "zmq": ("core/queue",),
    "boost/program_options": ("tools",),
    "boost/asio": ("core/net",),
    "boost/beast": ("core/net",),
    "lmdb.h": ("core/state",),
    "xapian": ("core/search",),
    "yaml-cpp/": ("dsl",),
    "doctest/": ("tests",),
    "benchmark/": ("tests",),
}
# What belongs to C, POSIX and Linux; the headers of C++ itself have no dot in their names.
_SYSTEM = re.compile(
    r"(sys|linux|netinet|arpa|asm|sanitizer)/.*\.h|"
    r"(dirent|dlfcn|elf|errno|fcntl|fnmatch|glob|grp|immintrin|libgen|link|limits|malloc|math|netdb|poll|pthread|pwd|sched|"
    r"signal|spawn|stdarg|stddef|stdint|stdio|stdlib|string|strings|termios|time|ucontext|unistd|x86intrin|"
    r"nmmintrin|emmintrin|smmintrin|tmmintrin|cxxabi|execinfo|inttypes|syslog|locale|ftw)\.h"
)


def check(tree):
    for path in tree.sources():
        for line, name, quoted in tree.includes(path):
            if quoted or "." not in name and not name.startswith("boost/"):
                continue
            if name.startswith("fmt/"):
                if path.endswith(".h"):
                    yield Problem(path, line, f"a header includes <{name}>",
                                  "fmt costs every file that includes the header half a second: format in the .cc")
                continue
            if _SYSTEM.fullmatch(name):
                continue
            owners = next((o for prefix, o in OWNERS.items() if name.startswith(prefix)), None)
            if owners is None:
                yield Problem(path, line, f"<{name}> belongs to no library that we know",
                              "each library has one owner: name it in tools/checks/libraries.py, or use what we have")
            elif not _may_use(path, owners):
                yield Problem(path, line, f"<{name}> belongs to {' and '.join(owners)}",
                              "one owner per library, behind an interface of ours, so it can be replaced in a day")
            elif path.endswith(".h") and not path.startswith("tests/"):
                yield Problem(path, line, f"a header includes <{name}>",
                              "a library stays inside the .cc files of its owner: it costs every reader its compile time")


def _may_use(path, owners):
    if path.startswith("tests/bench/"):  # the references that we measure against
        return True
    # The tests of a folder may look behind its interface.
    return folder_of(path) in owners or folder_of(path.removeprefix("tests/")) in owners
