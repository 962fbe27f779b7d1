"""Checks what the pages of this checkout show of Datablox.

    python3 tools/page_blocks.py build/blox [PAGE…]

    ```blox      must pass `blox check`
    ```bloxtest  must pass `blox test`
    ```console   a session of a shell that begins in the folder of the page: each `$ blox …` must print the lines that
                 follow it; `…` stands for anything in a line, and alone in a line for any lines

Exit 1 where one does not.
"""

import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LONGEST = 60  # seconds that a block may take
RUNS = re.compile(r"\bblox |^(cd|echo|export|kill) ")
END = "-- end of what this command prints --"
BLOCK = re.compile(r"^```(blox|bloxtest|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages():
    for folder, folders, files in os.walk(TOP):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build")))
        for name in sorted(files):
            if name.endswith(".md"):
                yield os.path.join(folder, name)


def run(blox, words, page, **more):
    return subprocess.run([blox, *words], cwd=os.path.dirname(page), text=True, check=False, timeout=LONGEST,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def check_topology(blox, page, text):
    done = run(blox, ["check", "-e", text], page)
    return "" if done.returncode == 0 else done.stdout


def check_test(blox, page, text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.bloxtest")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = run(blox, ["test", path], page)
    return "" if done.returncode == 0 else done.stdout


def fits(expected, printed):
    """Whether printed lines are as expected, `…` standing for anything."""
    pattern = ""
    for line in expected:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            # Columns of a table move with what stands in them.
            words = [".*".join(re.escape(part) for part in word.split("…")) for word in line.split()]
            pattern += r"\s*" + r"\s+".join(words) + r"[ \t]*\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def check_console(blox, page, text):
    """Lines that only change the folder or export something count for the rest of the block."""
    parts = [part.rstrip("\n").split("\n") for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
    parts = [part for part in parts if RUNS.search(part[0]) and "tools/dev" not in part[0]]
    if not parts:
        return ""
    lines = [f"({command}\n)" if "blox " in command else command for command, *_ in parts]
    script = "".join(f"{line}\necho '{END}'\n" for line in lines)
    path = f"{os.path.dirname(blox)}:{os.environ.get('PATH', '')}"
    with tempfile.TemporaryDirectory() as temporary:  # for sessions that begin with `cd $(mktemp -d)`
        done = subprocess.run(["sh", "-c", script], cwd=os.path.dirname(page), text=True, check=False,
                              timeout=LONGEST, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, "PATH": path, "TMPDIR": temporary})
    printed = done.stdout.split(f"{END}\n") + [""] * len(parts)  # less where the session ended early
    wrong = ""
    for (command, *expected), said in zip(parts, printed):
        if not fits(expected, said.rstrip("\n").split("\n") if said else []):
            wrong += f"$ {command}\n{said}"
    return wrong


CHECKS = {"blox": check_topology, "bloxtest": check_test, "console": check_console}


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    blox = os.path.abspath(arguments[0])
    checked = wrong = 0
    for page in map(os.path.abspath, arguments[1:]) if arguments[1:] else pages():
        with open(page, encoding="utf-8") as file:
            text = file.read()
        for block in BLOCK.finditer(text):
            checked += 1
            said = CHECKS[block.group(1)](blox, page, block.group(2))
            if said:
                wrong += 1
                line = text.count("\n", 0, block.start()) + 1
                print(f"{os.path.relpath(page, TOP)}:{line}: this block is not as `blox` says:\n{said}")
    print(f"{checked} blocks of pages, {wrong} wrong")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
