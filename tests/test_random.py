"""Named streams: a slot's number depends on seed, replication, purpose, step and slot, on nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from sim.random import Streams

seeds = st.integers(0, 2**53 - 1)
steps = st.integers(-1, 2000)


@given(seeds, st.integers(0, 1000), steps, st.integers(1, 60), st.integers(0, 60), st.integers(0, 9))
def test_a_slots_number_does_not_depend_on_how_many_there_are(seed, replication, step, few, more, width):
    small = Streams(seed, replication).uniform("cost", step, few, width)
    large = Streams(seed, replication).uniform("cost", step, few + more, width)
    assert (large[:few] == small).all()
    assert ((large > 0) & (large < 1)).all()


@given(seeds, steps, st.permutations(["cost", "demand", "closure", "noise"]))
def test_who_draws_first_or_twice_does_not_matter(seed, step, order):
    one, other = Streams(seed, 0), Streams(seed, 0)
    drawn = {purpose: one.uniform(purpose, step, 5) for purpose in order}
    for purpose in sorted(order):
        other.uniform(purpose, step + 1, 50)
        assert (other.uniform(purpose, step, 5) == drawn[purpose]).all()
        assert (other.uniform(purpose, step, 5) == drawn[purpose]).all()


def test_seed_replication_purpose_and_step_each_make_another_stream():
    keys = [("cost", 1, 0, 0), ("cost", 2, 0, 0), ("cost", 1, 1, 0), ("cost", 1, 0, 1), ("demand", 1, 0, 0)]
    drawn = [Streams(seed, replication).uniform(name, step, 1000) for name, seed, replication, step in keys]
    assert np.unique(np.concatenate(drawn)).size == 5000
    correlation = np.corrcoef(drawn) - np.eye(5)
    assert np.abs(correlation).max() < 0.12


def test_numbers_are_uniform_over_slots_and_over_steps():
    streams = Streams(7, 3)
    assert kstest(streams.uniform("cost", 0, 20_000), "uniform").pvalue > 1e-3
    over_steps = [streams.uniform("demand", step, 1)[0] for step in range(3000)]
    assert kstest(over_steps, "uniform").pvalue > 1e-3
