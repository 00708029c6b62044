"""Settings shared by all tests: how Hypothesis draws, no window for Matplotlib, Ctrl-C is heard."""

import os
import signal

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # read when pyplot is first imported, in every worker process

# A shell that starts the suite in the background lets it ignore Ctrl-C, and so would every process of a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: the first call of a Numba kernel compiles it.
settings.register_profile("local", deadline=None, max_examples=25)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
