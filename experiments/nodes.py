"""A document as read: texts, lists and mappings that know their file, line and key path, for errors."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from experiments.errors import ConfigError, Origin, closest_match


@dataclass(frozen=True)
class Node:
    """One value: a text (None if nothing is written), a tuple of nodes or a dict of nodes.

    `origin` is where the value stands, `key` where the key above it does.
    """

    value: str | tuple[Node, ...] | dict[str, Node] | None
    origin: Origin
    key: Origin
    path: str

    def error(self, problem: str, allowed: str = "", closest: str | None = None) -> ConfigError:
        """The error to raise about this value."""
        return ConfigError(problem, self.origin, path=self.path, allowed=allowed, closest=closest)

    def missing(self, name: str) -> ConfigError:
        """The error to raise about a key that this mapping lacks."""
        return ConfigError(f"key {name} is missing", self.key, path=self.path)

    def found(self) -> str:
        """What stands here, in words."""
        if self.value is None:
            return "found nothing"
        if isinstance(self.value, str):
            return f"found '{self.value if len(self.value) <= 60 else self.value[:60] + '…'}'"
        return "found a mapping" if isinstance(self.value, dict) else "found a list"

    def text(self, allowed: str) -> str:
        """The text that stands here; ConfigError (saying what is `allowed`) for anything else."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error("found nothing" if isinstance(self.value, str) else self.found(), allowed)
        return self.value

    def choice(self, options: Collection[str]) -> str:
        """One of `options`."""
        allowed = ", ".join(options)
        text = self.text(allowed)
        if text not in options:
            raise self.error(self.found(), allowed, closest_match(text, options))
        return text

    def list(self, allowed: str) -> tuple[Node, ...]:
        """The entries of a list."""
        if not isinstance(self.value, tuple):
            raise self.error(self.found(), allowed)
        return self.value

    def mapping(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Node]:
        """The entries of a mapping; ConfigError for a key not `known` or a `required` one that is missing."""
        allowed = ", ".join(known)
        if not isinstance(self.value, dict):
            raise self.error(self.found(), f"a mapping with the keys {allowed}")
        for name, node in self.value.items():
            if name not in known:
                raise ConfigError(
                    "unknown key",
                    node.key,
                    path=node.path,
                    allowed=allowed,
                    closest=closest_match(name, known),
                )
        for name in required:
            if name not in self.value:
                raise self.missing(name)
        return self.value

    def children(self) -> Iterator[Node]:
        """The nodes directly below."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, tuple):
            yield from self.value


def joined(path: str, key: str | int) -> str:
    """The path of an entry: `a.b` for a key, `a[0]` for a place in a list."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def extent(node: Node) -> tuple[int, int]:
    """How many nodes there are from here down, and how deep they are nested."""
    below = [extent(child) for child in node.children()]
    return 1 + sum(size for size, _ in below), 1 + max((height for _, height in below), default=0)


def moved(node: Node, path: str, key: Origin) -> Node:
    """A copy under another key; the lines of the values stay."""
    value = node.value
    if isinstance(value, dict):
        value = {name: moved(child, joined(path, name), child.key) for name, child in value.items()}
    elif isinstance(value, tuple):
        value = tuple(moved(child, joined(path, i), child.key) for i, child in enumerate(value))
    return Node(value, node.origin, key, path)


def overlay(base: Node, top: Node) -> Node:
    """`base` with what `top` says instead: mappings are joined key by key, anything else is replaced."""
    if not isinstance(base.value, dict) or not isinstance(top.value, dict):
        return top
    both = dict(base.value)
    for name, node in top.value.items():
        both[name] = overlay(both[name], node) if name in both else node
    written = base if top.key.line is None else top  # what a file lacks is reported with a line
    return replace(written, value=both)
