"""Calls and words that we do not use, each with the reason and what to use instead."""

import re
from dataclasses import dataclass

from tree import Problem


@dataclass(frozen=True)
class Rule:
    pattern: str
    why: str
    example: str  # a line that breaks the rule; the tests check that it does
    under: tuple = ()  # only in these folders; everywhere where empty
    but: tuple = ()  # except in these folders or files
    in_comments: bool = False


_PROGRAMS = ("tools/", "tests/")
_QUIET = ("core/", "elements/", "dsl/", "master/", "caretaker/")

RULES = (
    Rule(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(",
         "time is injected: take a Clock, or wait on what you wait for; a test that sleeps is slow and flaky",
         "std::this_thread::sleep_for(10ms);"),
    Rule(r"\b(system|high_resolution|steady)_clock\b|\bclock_gettime\s*\(|\bgettimeofday\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
         "time comes from a Clock (core/base/clock.h), so that a test can run in virtual time",
         "auto now = std::chrono::steady_clock::now();", but=("core/base/", "tests/bench/", "tests/support/")),
    Rule(r"\brandom_device\b|\b(s?rand|[dlm]rand48)\s*\(",
         "randomness is passed in as a seed, so that a failure can be repeated",
         "std::random_device seed;", but=("core/base/", "tools/blox/")),
    Rule(r"(?<![\w.>])(system|popen)\s*\(|\bstd::system\s*\(",
         "a shell reads file names as commands: use posix_spawn with a list of arguments",
         'std::system("ls");', but=("tests/",)),
    Rule(r"(?<!\w)(std::)?(f?printf|puts|fputs|putchar|perror)\s*\(",
         "what is not a program does not print: return a Status, add a Diagnostic, count a metric",
         'printf("%d", n);', under=_QUIET, but=("core/base/status.cc", "core/base/check.cc")),
    Rule(r"\bstd::(cout|cerr|clog|endl)\b|#\s*include\s*<iostream>",
         "iostream is slow, global and changes its format in silence: use fmt, and fwrite or write",
         "std::cout << 1;"),
    Rule(r"\bstd::regex\b|#\s*include\s*<regex>",
         "std::regex is slow, recurses on its input and costs seconds to compile: use core/text (RE2)",
         "std::regex re;"),
    Rule(r"\bcatch\s*\(",
         "no exception leaves one of our functions: a library's exception ends in the folder that owns the library",
         "try { f(); } catch (...) {}",
         but=("core/base/", "core/data/", "core/text/", "core/queue/", "core/net/", "core/run/", "core/search/", "dsl/", "tools/blox/", "tests/")),
    Rule(r"\bthrow\b", "we return Status or Result<T>, which the caller cannot overlook",
         "throw 1;", but=("tests/",)),
    Rule(r"\bstd::(sto[a-z]+)\s*\(", "they throw and stop at the first wrong character: use std::from_chars",
         "int n = std::stoi(text);"),
    Rule(r"(?<![\w.>])(std::)?(atoi|atol|atof|strcpy|strcat|sprintf|vsprintf|strtok|gets|tmpnam|mktemp)\s*\(",
         "no bound, no error or no thread safety: use std::from_chars, std::string, fmt, mkstemp",
         "int n = atoi(text);"),
    Rule(r"(?<![\w])assert\s*\(", "it vanishes in a release: use BLOX_CHECK, or BLOX_DCHECK on hot paths",
         "assert(n > 0);"),
    Rule(r"\.detach\s*\(\s*\)", "a thread that nobody joins outlives what it uses: keep it and join it",
         "thread.detach();"),
    Rule(r"(?:^|[;{}()!&|?:,=]|\breturn)\s*(std::|::)?(exit|_exit|quick_exit|abort|terminate)\s*\(",
         "a library does not end the process: return a Status; for our own bugs there is BLOX_CHECK",
         "std::exit(1);", under=_QUIET, but=("core/base/status.cc", "core/base/check.cc")),
    Rule(r"#\s*if\s+0\b", "code that is not compiled is not tested: version control remembers it", "#if 0"),
    Rule(r"doctest::(skip|may_fail|should_fail|expected_failures)\b",
         "a test that is turned off is forgotten: mend it or delete it",
         'TEST_CASE("x" * doctest::skip()) {}'),
    Rule(r"\b(FIXME|XXX|HACK)\b|\bTODO\b(?!\(until [^)]+\))",
         "a TODO names its end condition: `TODO(until decimals exist): …`",
         "// TODO: later", in_comments=True),
)


def applies(rule, path):
    return (not rule.under or path.startswith(rule.under)) and not (rule.but and path.startswith(rule.but))


def check(tree):
    for path in tree.sources():
        texts = {True: tree.texts[path].split("\n"), False: tree.code(path)}
        for rule in RULES:
            if not applies(rule, path):
                continue
            for number, line in enumerate(texts[rule.in_comments], 1):
                match = re.search(rule.pattern, line)
                if match:
                    yield Problem(path, number, f"`{match.group(0).strip()}`", rule.why)
