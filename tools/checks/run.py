"""Checks the structure of the tree. Each rule prints its reason. Exit 1 where one is broken.

    python3 tools/checks/run.py [TOP]
"""

import os
import sys

import arrows
import banned
import headers
import libraries
import pages
import tests
from tree import Tree

CHECKS = (arrows, libraries, headers, banned, pages, tests)


def problems_of(tree):
    return [problem for check in CHECKS for problem in check.check(tree)]


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    tree = Tree.of_checkout(arguments[0] if arguments else os.path.dirname(os.path.dirname(here)))
    if not tree.sources():
        print("no sources found: is this the top of a checkout?", file=sys.stderr)
        return 1
    problems = problems_of(tree)
    explained = set()  # each reason once
    for problem in sorted(problems, key=lambda p: (p.path, p.line)):
        print(problem)
        if problem.why not in explained:
            print(f"    why: {problem.why}")
        explained.add(problem.why)
    errors = sum(not p.warning for p in problems)
    print(f"structure: {len(tree.sources())} sources, {errors} errors, {len(problems) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
