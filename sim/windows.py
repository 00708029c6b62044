"""The windows over which results are told: the whole evaluation, its first 12 months, its last 24."""

from __future__ import annotations

from typing import Final

WHOLE: Final = "whole"
_FIRST_DAYS: Final = 360
_LAST_DAYS: Final = 720


def windows(first_step: int, steps: int, step_days: int) -> dict[str, range]:
    """Steps of each window by name, for an evaluation of `steps` from `first_step`; in a short one they coincide."""
    end = first_step + steps
    return {
        WHOLE: range(first_step, end),
        "first_12": range(first_step, min(first_step + _FIRST_DAYS // step_days, end)),
        "last_24": range(max(first_step, end - _LAST_DAYS // step_days), end),
    }
