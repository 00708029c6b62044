"""Reads YAML as plain text with line numbers, and refuses what a configuration never needs.

Scalars stay texts (`off`, `1e3` and `2025-01` mean what the schema says, not what YAML guesses), tags and
repeated keys are refused, and size, depth and aliases are bounded before anything is built.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.representer import SafeRepresenter

from experiments.errors import ConfigError, Origin, closest_match
from experiments.nodes import Node, extent, joined, moved

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 16
MAX_NODES: Final = 100_000
_NOTHING: Final = ("", "~", "null", "Null", "NULL")


def shown(path: Path) -> str:
    """A path as messages name it: from the working directory if it lies below."""
    absolute, here = path.absolute(), Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def read_file(path: Path) -> Node:
    """The mapping that a YAML file holds; ConfigError if it can't be read or is none."""
    origin = Origin(shown(path))
    if not path.is_file():
        raise missing_file(path, origin)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", origin) from None
    if len(data) > MAX_BYTES:
        raise ConfigError("file is too large", origin, allowed=f"at most {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("not a text in UTF-8", Origin(origin.file, line)) from None
    node = parse(text, origin.file)
    if node is None:
        raise ConfigError("the file is empty", Origin(origin.file, 1))
    if not isinstance(node.value, dict):
        raise node.error(node.found(), "a mapping (key: value)")
    return node


def missing_file(path: Path, origin: Origin, key_path: str = "") -> ConfigError:
    """The error about a file that is not there; the closest name in its folder is offered."""
    problem = "is a folder, not a file" if path.is_dir() else "no such file"
    names = [entry.name for entry in path.parent.iterdir() if entry.is_file()] if path.parent.is_dir() else []
    closest = None if path.is_dir() else closest_match(path.name, names)
    offer = shown(path.parent / closest) if closest else None
    if key_path:  # the file at fault is named inside another
        problem = f"{shown(path)}: {problem}"
    return ConfigError(problem, origin, path=key_path, closest=offer)


def find_file(node: Node, folder: Path, allowed: str) -> Path:
    """The existing file that a node names; its path starts at the document's folder, in `--set` at the working one."""
    path = (folder if node.origin.line is not None else Path.cwd()) / node.text(allowed)
    if not path.is_file():
        raise missing_file(path, node.origin, node.path)
    return path.resolve()


def assignment(option: str) -> Node:
    """The mapping that `--set path=value` stands for."""
    origin = Origin(f"--set {option}")
    path, equals, text = option.partition("=")
    names = path.strip().split(".")
    if not equals or not all(names):
        raise ConfigError("found no path and value", origin, allowed="path=value, such as replications=2")
    if len(names) > MAX_DEPTH:
        raise ConfigError("nested too deeply", origin, allowed=f"at most {MAX_DEPTH} levels")
    node = parse(text, origin.file, numbered=False, path=".".join(names))
    node = node or Node(None, origin, origin, ".".join(names))
    for depth in reversed(range(len(names))):
        node = Node({names[depth]: node}, origin, origin, ".".join(names[:depth]))
    return node


class _Representer(SafeRepresenter):
    """Escapes line breaks of Unicode in texts: from any style without escapes they are read as spaces."""

    def represent_str(self, data: str) -> Any:
        escaped = any(mark in data for mark in "\x85\u2028\u2029")
        return self.represent_scalar("tag:yaml.org,2002:str", data, style='"' if escaped else None)


_Representer.add_representer(str, _Representer.represent_str)


def dump(data: Mapping[str, Any]) -> str:
    """YAML text of plain data, keys in the order given, innermost lists and mappings on one line."""
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.default_flow_style = None
    writer.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue]  # set at run time
    writer.width = 100_000  # one parameter a line
    stream = io.StringIO()
    writer.dump(data, stream)
    return stream.getvalue()


def parse(text: str, file: str, *, numbered: bool = True, path: str = "") -> Node | None:
    """The one document in `text`, None if there is none; `numbered` says whether its lines mean anything."""
    builder = _Builder(text, file, numbered, path)
    try:
        return builder.document()
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else builder.line
        problem = error.problem or "can't be understood"
        hint = "indentation by spaces, not tabs" if "'\\t'" in problem else ""
        raise ConfigError(f"not valid YAML: {problem}", builder.at(line), allowed=hint) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError("holds a character that YAML forbids", builder.at(line)) from None
    except (YAMLError, ValueError, OverflowError):  # an escape beyond Unicode, a version that is no number
        raise ConfigError("not valid YAML", builder.at(builder.line)) from None


class _Builder:
    """Makes nodes from the parser's events one by one, so that limits hold before memory is taken."""

    def __init__(self, text: str, file: str, numbered: bool, path: str) -> None:
        self.events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self.file = file
        self.numbered = numbered
        self.path = path
        self.line = 1
        self.size = 0
        self.anchors: dict[str, Node] = {}

    def at(self, line: int) -> Origin:
        return Origin(self.file, line if self.numbered else None)

    def fail(self, problem: str, allowed: str = "", path: str = "") -> ConfigError:
        return ConfigError(problem, self.at(self.line), path=path, allowed=allowed)

    def take(self) -> tuple[str, Any]:
        """The next event with its kind, such as `Scalar` or `MappingStart`."""
        event = next(self.events)
        self.line = event.start_mark.line + 1
        return type(event).__name__.removesuffix("Event"), event

    def document(self) -> Node | None:
        self.take()  # start of the stream
        kind, _ = self.take()
        if kind == "StreamEnd":
            return None
        kind, event = self.take()
        node = self.node(kind, event, self.path, self.at(self.line), depth=1)
        self.take()  # end of the document
        if self.take()[0] != "StreamEnd":
            raise self.fail("a second document starts", "one document a file")
        return None if node.value is None else node

    def grow(self, nodes: int, depth: int, path: str) -> None:
        self.size += nodes
        if self.size > MAX_NODES:
            raise self.fail("too many values, aliases counted in full", f"at most {MAX_NODES}", path)
        if depth > MAX_DEPTH:
            raise self.fail("nested too deeply", f"at most {MAX_DEPTH} levels", path)

    def node(self, kind: str, event: Any, path: str, key: Origin, depth: int) -> Node:
        if kind == "Alias":
            return self.alias(event.anchor, path, key, depth)
        if event.tag is not None:
            raise self.fail(f"found the tag {event.tag}", "values without tags", path)
        self.grow(1, depth, path)
        origin = self.at(self.line)
        if kind == "Scalar":
            nothing = event.style is None and event.value in _NOTHING
            value = None if nothing else event.value
        elif kind == "SequenceStart":
            value = tuple(self.sequence(path, depth))
        else:
            value = self.mapping(path, depth)
        node = Node(value, origin, key, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, anchor: str, path: str, key: Origin, depth: int) -> Node:
        if anchor not in self.anchors:
            raise self.fail(f"alias *{anchor} has no anchor above it", path=path)
        node = self.anchors[anchor]
        size, height = extent(node)
        self.grow(size, depth + height - 1, path)
        return moved(node, path, key)

    def sequence(self, path: str, depth: int) -> Iterator[Node]:
        for place in range(MAX_NODES):
            kind, event = self.take()
            if kind == "SequenceEnd":
                return
            below = joined(path, place)
            yield self.node(kind, event, below, self.at(self.line), depth + 1)

    def mapping(self, path: str, depth: int) -> dict[str, Node]:
        made: dict[str, Node] = {}
        while True:
            kind, event = self.take()
            if kind == "MappingEnd":
                return made
            if kind != "Scalar" or event.tag is not None:
                raise self.fail("found a key that is not a plain text", path=path)
            name, key = event.value, self.at(self.line)
            below = joined(path, name)
            if name in made:
                first = made[name].key.line
                problem = "repeated key" if first is None else f"repeated key, first on line {first}"
                raise self.fail(problem, path=below)
            kind, event = self.take()
            made[name] = self.node(kind, event, below, key, depth + 1)
