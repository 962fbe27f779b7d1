"""Folders include each other in one direction only."""

from tree import Problem

_GROUND = {"core/base"}
_DATA = _GROUND | {"core/data", "core/text"}
_GRAPH = _DATA | {"core/element", "core/expr", "core/graph"}
_STATE = _DATA | {"core/element", "core/state"}
_DSL = _GRAPH | {"dsl"}
_PROTOCOL = _GRAPH | {"core/protocol"}
_RUN = _GRAPH | _STATE | {"core/queue", "core/run"}

# Folder -> the folders it may include beside itself.
ALLOWED = {
    "core/base": set(),
    "core/data": _GROUND,
    "core/text": _GROUND,
    "core/element": _DATA,
    "core/expr": _DATA,
    "core/queue": _DATA,
    "core/net": _DATA,
    "core/search": _DATA,
    "core/state": _STATE,
    "core/graph": _GRAPH,
    "core/run": _RUN,
    "core/protocol": _PROTOCOL,
    "elements": _STATE | {"core/expr", "core/net", "core/search"},
    "dsl": _DSL,
    "master": _DSL | _PROTOCOL | _STATE | {"core/queue", "core/net"},
    "caretaker": _PROTOCOL | _RUN | {"core/net"},
}
ALL = set(ALLOWED) - {"elements"}
ALLOWED["tools"] = ALL  # elements are reached through the registry, by everybody
ALLOWED["tests"] = ALL | {"tools"}

WHY = "folders include each other in one direction only, so that each can be read, tested and replaced by itself"


def folder_of(path):
    parts = path.split("/")
    if parts[0] == "core" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0] if len(parts) > 1 else ""


def check(tree):
    for path in tree.sources():
        folder = folder_of(path)
        if folder not in ALLOWED:
            yield Problem(path, 0, f"the folder `{folder or '.'}` has no place in the order of folders",
                          "say in tools/checks/arrows.py what it may include, or put the file where it belongs")
            continue
        for line, name, quoted in tree.includes(path):
            if not quoted:
                continue
            if name not in tree.texts:
                yield Problem(path, line, f'"{name}" is no file of the tree',
                              'our headers are included by their path from the top: "core/base/status.h"')
                continue
            target = folder_of(name)
            if target == "elements" and path.startswith(("tests/fuzz/", "tests/bench/")):
                continue  # each looks at one parser or path of one group
            if target == "elements" and folder in ("elements", "tests"):
                group = name.rsplit("/", 1)[0]
                own = path.startswith("tests/fuzz/") or group == path.rsplit("/", 1)[0].removeprefix("tests/")
                if group != "elements/support" and not own:
                    yield Problem(path, line, f'includes "{name}", which belongs to another group of elements',
                                  "elements never know each other: what two share goes into elements/support, or down into core")
            elif target != folder and target not in ALLOWED[folder]:
                allowed = ", ".join(sorted(ALLOWED[folder])) or "nothing"
                yield Problem(path, line, f"`{folder}` includes `{target}`; it may include: {allowed}", WHY)
