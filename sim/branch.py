"""A world as it stands at the evaluation's start, to be gone on with under any policy with the same burn-in."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.levers import Policy, burn_in_of
from sim.model import FinancingModel


class Branching:
    """Copies of a model at its evaluation's start; the model itself is no longer needed.

    A copy takes a policy on instead of the one that was burnt in. It goes on as a world would that had had this policy
    from birth, bit for bit.
    """

    def __init__(self, model: FinancingModel) -> None:
        if model.step_number != model.levers.first_step:
            raise ValueError("policies part at the evaluation's start")
        state = io.BytesIO()
        _Pickler(state, pickle.HIGHEST_PROTOCOL).dump(model)
        self._state = state.getbuffer()
        self._burn_in = burn_in_of(model.policy)

    def under(self, policy: Policy) -> FinancingModel:
        """A copy under `policy`. Raises ValueError if that acts otherwise before the evaluation."""
        if burn_in_of(policy) != self._burn_in:
            raise ValueError(f"{policy.name} acts before the evaluation: it has a burn-in of its own")
        model: FinancingModel = pickle.loads(self._state)
        model.policy = policy
        model.levers.take_on(policy, model.step_number)
        return model


class _Pickler(pickle.Pickler):
    """Keeps arrays that share memory, as accounts and their read-only views do, sharing it."""

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is not np.ndarray or not isinstance(obj.base, np.ndarray):
            return NotImplemented
        offset = obj.ctypes.data - obj.base.ctypes.data
        return _view, (obj.base, offset, obj.shape, obj.strides, obj.dtype, obj.flags.writeable)


def _view(
    base: npt.NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any, writeable: bool
) -> npt.NDArray[Any]:
    view = np.ndarray(shape, dtype, base.ravel(order="K"), offset, strides)
    view.flags.writeable = writeable
    return view
