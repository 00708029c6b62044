"""The tutorial's commands do what the page says, and the page shows what they found."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageColor

from experiments import style, tutorial


@pytest.mark.slow
def test_the_tutorial_runs_and_finds_what_its_page_shows(tmp_path):
    """Else: python -m experiments.tutorial && python -m experiments.docs."""
    printed = tutorial.follow(tmp_path)
    assert len(printed) >= 5 and all(printed.values())
    pd.testing.assert_frame_equal(tutorial.comparison(tmp_path), tutorial.shown_comparison(), check_dtype=False)
    for name in tutorial.PICTURES:
        tutorial.shrink(tmp_path / tutorial.RUN / "charts" / f"{name}.png", tmp_path / f"{name}.png")


def test_commands_are_the_lines_of_marked_blocks():
    text = "```sh\nfinflow check\nfinflow run\n```\n\n    make\n\n```yaml\nx: 1\n```\n```sh\nfinflow levers\n```\n"
    assert tutorial.commands(text) == ["finflow check", "finflow run", "finflow levers"]


@pytest.mark.parametrize("name", tutorial.PICTURES)
def test_pictures_of_the_page_are_small_and_keep_what_is_written_in_them(name):
    file = tutorial.KEPT / f"{name}.png"
    assert file.stat().st_size <= tutorial.LARGEST_PICTURE
    with Image.open(file) as picture:
        picture.load()  # texts may stand behind the pixels
        assert picture.width == 1200 and picture.info["Description"]
    assert f"(tutorial/{name}.png)" in tutorial.PAGE.read_text(encoding="utf-8")


def test_a_shrunk_picture_keeps_the_palette(tmp_path):
    tones = [tone for tone in vars(style).values() if isinstance(tone, str) and re.fullmatch("#[0-9A-F]{6}", tone)]
    with Image.linear_gradient("L").resize((1200, 800)).convert("RGB") as whole:  # many other tones beside them
        for place, tone in enumerate(tones):
            whole.paste(tone, (80 * place, 0, 80 * place + 60, 20))
        whole.save(tmp_path / "chart.png")
    tutorial.shrink(tmp_path / "chart.png", tmp_path / "small.png")
    with Image.open(tmp_path / "small.png").convert("RGB") as small:
        for place, tone in enumerate(tones):
            near = np.subtract(small.getpixel((80 * place + 30, 10)), ImageColor.getrgb(tone))
            assert np.abs(near).max() <= 12, tone


def test_a_picture_that_stays_too_large_is_refused(tmp_path):
    noise = Image.effect_noise((1200, 1200), 200).convert("RGB")
    noise.save(tmp_path / "noise.png")
    with pytest.raises(ValueError, match="at most 100000"):
        tutorial.shrink(tmp_path / "noise.png", tmp_path / "small.png")


def test_the_page_shows_prices_that_add_up():
    assert "= all-in APR" in tutorial.shown_price()
    assert max(map(len, tutorial.shown_check().splitlines())) <= tutorial.PAGE_WIDTH
