"""How kernels are compiled: once, cached, and the same on every run: no fastmath, no parallel loops.

They let the interpreter go while they run, for `agents.threads`.
A float divided by zero gives infinity as in NumPy, instead of ZeroDivisionError: the checks cost time and compilation.
The wrapper for callers in C is left out. Declare what a kernel needs in as few arguments and simple loops as can be:
Numba takes time to compile every one of them, and much for slices and array functions; and once more for every other
type of its arguments. When either changes, record the list of `sim/signatures.py` anew.
"""

from numba import njit
from numba.core import config

# The first of LLVM's levels compiles faster than the third, Numba's usual one, to code that is slower by a hundredth.
config.OPT = type(config.OPT)(1)  # pyright: ignore[reportAttributeAccessIssue] - it is set from the environment

kernel = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)  # pyright: ignore[reportCallIssue] - missing in the stubs

# For what is called in the innermost loops with arrays: across a call that stays one, Numba counts references to every
# array, each an atomic operation, which takes longer than the call.
inlined = njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, forceinline=True)  # pyright: ignore[reportCallIssue] - missing in the stubs
