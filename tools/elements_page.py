"""Writes elements/README.md from the classes themselves, or checks that it is what they say.

    python3 tools/elements_page.py build/blox            write it
    python3 tools/elements_page.py build/blox --check    exit 1 where it is out of date, or where an example is wrong
"""

import json
import os
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "elements", "README.md")
HEAD = """# Elements

One `.cc` file an element class; nothing else is edited to add one ([AUTHORING.md](AUTHORING.md) says how). Elements may
include `core/base`, `core/data`, `core/text`, `core/element`, `core/expr`, `core/net`, `core/search`, for stores `core/state`, and what
groups share in `elements/support`; never each other. `tests/elements` has a text test for each.

This page is written by `python3 tools/elements_page.py build/blox`; `blox describe CLASS` says the same and more.
"""


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def page(classes):
    groups = {}
    for about in classes:
        groups.setdefault(about["file"].split("/")[1], []).append(about)
    lines = [HEAD]
    for group, members in sorted(groups.items()):
        lines += [f"- **{group}**: " + ", ".join(f"[{a['name']}](#{a['name'].lower()})" for a in members)]
    for about in classes:
        lines += ["", f"## {about['name']}", "", about["summary"]]
        if about["text"]:
            lines += ["", about["text"]]
        if about["ports"]:
            lines += ["", "| port | | record type | |", "|---|---|---|---|"]
        for port in about["ports"]:
            ways = f"{port['kind']} {port['direction']}" + (", any number" if port["family"] else "")
            ways += ", optional" if port["optional"] and not port["family"] else ""
            kind = f"`{cell(port['type'])}`" if port["type"] else ""
            kind += f" answered by `{cell(port['answer'])}`" if port["answer"] else ""
            lines += [f"| `{port['name']}` | {ways} | {kind} | {cell(port['doc'])} |"]
        if about["arguments"]:
            lines += ["", "| argument | type | default | |", "|---|---|---|---|"]
        for argument in about["arguments"]:
            default = "required" if argument["required"] else f"`{cell(argument['default'])}`" if argument["default"] else ""
            lines += [f"| `{argument['name']}` | `{cell(argument['type'])}` | {default} | {cell(argument['doc'])} |"]
        others = [s for s in about["sections"] if s["title"] != "Example"]
        if others:
            lines += [""] + [f"- {s['title']}: {cell(s['text'])}" for s in others]
        for example in examples(about):
            lines += ["", "```blox", example, "```"]
    return "\n".join(lines) + "\n"


def examples(about):
    return [s["text"] for s in about["sections"] if s["title"] == "Example"]


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    listed = subprocess.run([arguments[0], "list", "--format", "json"], capture_output=True, text=True, check=True)
    classes = json.loads(listed.stdout)
    text = page(classes)
    if len(arguments) == 1:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    failed = 0
    with open(PAGE, encoding="utf-8") as file:
        if file.read() != text:
            print(f"elements/README.md is out of date: python3 tools/elements_page.py {arguments[0]}")
            failed = 1
    for about in classes:
        if not examples(about):
            print(f"{about['file']}: `{about['name']}` has no example")
            failed = 1
        for example in examples(about):
            done = subprocess.run([arguments[0], "check", "-e", example], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(f"{about['file']}: the example of `{about['name']}` is wrong: {example}\n{done.stderr}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
