"""What is shipped is what the repository holds, and it speaks of itself alone."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sim", "agents", "policies", "experiments")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

SKIPPED = {".git", "results", "build", "dist", "site", "__pycache__"}  # .git is a file in a linked work tree
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|tmp|root|opt)\b")
# Put together here, so that this file passes its own test.
REGISTRY_HOSTS = tuple(name + ".org" for name in ("pypi", "pythonhosted", "npmjs", "anaconda"))


def own_files(folder: Path = ROOT) -> Iterator[Path]:
    """Files that belong to the project, without what tools and runs leave behind."""
    for path in sorted(folder.iterdir()):
        if path.name in SKIPPED:
            continue
        if path.is_file():
            yield path
        elif path.name == ".ci" or not path.name.startswith("."):
            yield from own_files(path)


def foreign_mentions(text: str) -> list[str]:
    """Paths of one machine and hosts of package registries that a text names."""
    hosts = [host for host in REGISTRY_HOSTS if host in text.lower()]
    return MACHINE_PATH.findall(text) + hosts


@pytest.mark.parametrize("name", PACKAGES)
def test_package_resolves_inside_the_repository(name: str) -> None:
    assert importlib.import_module(name).__file__ == str(ROOT / name / "__init__.py")


def test_installed_distribution_is_this_project() -> None:
    installed = metadata.metadata("finflow")
    assert installed["Version"] == PROJECT["version"]
    assert "Private :: Do Not Upload" in (installed.get_all("Classifier") or [])


def test_command_points_at_the_command_line() -> None:
    (command,) = metadata.entry_points(group="console_scripts", name="finflow")
    assert command.value == PROJECT["scripts"]["finflow"]
    assert callable(command.load())


def test_results_hold_no_python() -> None:
    assert not list((ROOT / "results").rglob("*.py"))


@pytest.mark.parametrize("name", PACKAGES)
def test_every_module_has_a_docstring(name: str) -> None:
    modules = sorted((ROOT / name).rglob("*.py"))
    assert modules
    bare = [str(m.relative_to(ROOT)) for m in modules if not ast.get_docstring(ast.parse(m.read_bytes()))]
    assert bare == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {}
    for path in own_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        if mentions := foreign_mentions(text):
            found[str(path.relative_to(ROOT))] = mentions
    assert found == {}


def test_foreign_mentions_are_recognised() -> None:
    path = "/" + "/".join(("tmp", "run"))
    assert foreign_mentions(f"--out {path}") and foreign_mentions(f"https://{REGISTRY_HOSTS[0]}/simple")
    assert not foreign_mentions("files under experiments/work and a rate of 1/12")
