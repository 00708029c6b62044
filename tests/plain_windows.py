"""Values over a window by pandas alone, of any number of runs: what `experiments.windows` is held against."""

import pandas as pd

KEYS = ["policy", "draw", "replication", "group", "indicator", "unit"]


def window(series: pd.DataFrame, first_step: int, last_step: int) -> pd.DataFrame:
    """A row a run, group and indicator: Σ(value·weight) / Σ weight over steps of positive weight, NaN without any."""
    inside = series[series["step"].between(first_step, last_step)]
    weight = inside["weight"].where(inside["weight"] > 0.0, 0.0)
    product = (inside["value"] * weight).where(weight > 0.0, 0.0)
    sums = inside.assign(product=product, weight=weight).groupby(KEYS, observed=True)[["product", "weight"]].sum()
    return (sums["product"] / sums["weight"].where(sums["weight"] > 0.0)).rename("value").reset_index()
