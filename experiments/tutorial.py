"""`python -m experiments.tutorial`: run the commands of docs/tutorial.md and keep what the page shows of them.

The page's commands are the lines of its blocks marked `sh`. They run in a temporary folder that holds the experiment
file alone, so the page says all that a reader has to do.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Final

import pandas as pd
from PIL import Image, PngImagePlugin

from experiments.compare import compare
from experiments.headline import headline, wide
from experiments.record import read_texts
from experiments.store import Store

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "tutorial.md"
KEPT: Final = ROOT / "docs" / "tutorial"
CONFIG: Final = Path("experiments/configs/tutorial.yaml")
RUN: Final = Path("results/tutorial")
PICTURES: Final = ("policies_cost", "price_terms")
PAGE_WIDTH: Final = 80  # characters of a block of code
LARGEST_PICTURE: Final = 100_000  # bytes
# What the page shows of the comparison, over the whole evaluation.
SHOWN: Final = (
    "sme_cost_of_need", "sme_apr_like_for_like", "formal_share_of_need", "approval_rate", "default_rate", "public_cost",
)  # fmt: skip

_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PRICE: Final = re.compile(
    r"^What it drew, and the price term by term\n\s*\n(.*?)\n\s*\n(?=\S)", re.MULTILINE | re.DOTALL
)


def commands(text: str) -> list[str]:
    """The commands of a page, one a line of its `sh` blocks."""
    return [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def follow(folder: Path) -> dict[str, str]:
    """Run the page's commands in an empty folder; what each printed. CalledProcessError if one fails."""
    (folder / CONFIG).parent.mkdir(parents=True)
    shutil.copy(ROOT / CONFIG, folder / CONFIG)
    finflow = str(Path(sys.executable).with_name("finflow"))
    environment = os.environ | {"COLUMNS": "110", "MPLBACKEND": "Agg"}
    printed = {}
    for command in commands(PAGE.read_text(encoding="utf-8")):
        name, *arguments = shlex.split(command)
        if name != "finflow":
            raise ValueError(f"docs/tutorial.md: only finflow is run, not {name}")
        ended = subprocess.run(
            [finflow, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        printed[command] = ended.stdout
    return printed


def comparison(folder: Path) -> pd.DataFrame:
    """Lines `SHOWN` of the comparison in a folder that `follow` has filled, as `finflow compare` prints them."""
    compared = compare(Store(folder / RUN))
    lines = headline(compared)
    names = {name: compared.told.name(name, "en") for name in compared.told.compared}
    return wide(lines[lines["id"].isin(SHOWN)], names)


def keep(folder: Path, printed: dict[str, str]) -> None:
    """Write what the page shows to `KEPT`."""
    KEPT.mkdir(exist_ok=True)
    comparison(folder).to_csv(KEPT / "comparison.csv", index=False, lineterminator="\n")
    for name in ("check", "explain"):
        text = next(said for command, said in printed.items() if command.startswith(f"finflow {name} "))
        (KEPT / f"{name}.txt").write_text(_lines(text), encoding="utf-8")
    for name in PICTURES:
        shrink(folder / RUN / "charts" / f"{name}.png", KEPT / f"{name}.png")


def shrink(picture: Path, to: Path) -> None:
    """A picture of 1,200 pixels' width in 256 colours, with the texts inside it; ValueError if it stays too large."""
    with Image.open(picture) as whole:
        texts = PngImagePlugin.PngInfo()
        for name, text in whole.info.items():
            if isinstance(name, str) and isinstance(text, str):
                texts.add_itxt(name, text)
        height = round(whole.height * 1200 / whole.width)
        small = whole.convert("RGB").resize((1200, height), Image.Resampling.LANCZOS)
        few = small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)  # small areas keep their tone
        few.save(to, optimize=True, pnginfo=texts)
    if (size := to.stat().st_size) > LARGEST_PICTURE:
        raise ValueError(f"{to.name} takes {size} bytes; a page's picture at most {LARGEST_PICTURE}")


def shown_comparison() -> pd.DataFrame:
    """What was kept of the comparison."""
    return read_texts(KEPT / "comparison.csv")


def shown_check() -> str:
    """What `finflow check` said, its texts broken at the page's width."""
    lines = []
    for line in (KEPT / "check.txt").read_text(encoding="utf-8").splitlines():
        column = len(line) - len(re.sub(r"^[\w ]+: *", "", line))
        lines += textwrap.wrap(line, PAGE_WIDTH, subsequent_indent=" " * column, break_on_hyphens=False)
    return "\n".join(lines)


def shown_price() -> str:
    """From what `finflow explain` said, what the firm drew and the price term by term."""
    found = _PRICE.search((KEPT / "explain.txt").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("docs/tutorial.md explains a firm that draws nothing; take another")
    return found[1]


def _lines(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def main() -> None:
    """Bring docs/tutorial up to date."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep(folder, follow(folder))
    print(f"rewritten: {KEPT.relative_to(ROOT)}; now python -m experiments.docs")


if __name__ == "__main__":
    main()
