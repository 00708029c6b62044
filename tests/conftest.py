"""Settings shared by all tests: how Hypothesis draws, and no window for Matplotlib."""

import os

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # read when pyplot is first imported, in every worker process

# No deadline: the first call of a Numba kernel compiles it.
settings.register_profile("local", deadline=None, max_examples=25)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
