"""Firetasks: what a Firework does, one after the other."""

from __future__ import annotations

from longfuse.domain.wire import FWSerializable, in_plain_containers, recursive_load
from longfuse.errors import TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from longfuse.domain.action import FWAction

    Parameters = dict[str, Any]
else:
    Parameters = dict


class FiretaskBase(Parameters, FWSerializable):
    """A Firetask; its parameters are the items of the dictionary that it is.

    A subclass defines `run_task` and may say which parameters it needs. A rocket sets the attributes ``fw_id`` and
    ``launchpad`` where the spec has ``_add_launchpad_and_fw_id`` or the class `needs_launchpad`, and ``fworker`` where
    the spec has ``_add_fworker``.

    Attributes:
        needs_launchpad: Whether a rocket gives it ``fw_id`` and ``launchpad`` whatever the spec says.
        required_params: Parameters that must be given.
        optional_params: If set, a keyword that is neither here nor in ``required_params`` is refused.

    Raises:
        TaskError: A required parameter is missing, or a keyword is not known.
    """

    needs_launchpad: bool = False
    required_params: Sequence[str] | None = None
    optional_params: Sequence[str] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._check_required()
        self._check_keywords(kwargs)

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction | None:
        """Do it.

        Args:
            fw_spec: The Firework's spec, with what earlier tasks changed in it.

        Returns:
            What shall follow from it; None for nothing.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no run_task(self, fw_spec)")

    def to_dict(self) -> dict[str, Any]:
        """The parameters and the ``_fw_name``, in plain containers; what JSON cannot hold is left as it is."""
        document: dict[str, Any] = in_plain_containers(dict(self))
        document["_fw_name"] = self.fw_name
        return document

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The task with these parameters, of which those that describe objects are loaded."""
        return cls({key: recursive_load(value) for key, value in m_dict.items()})

    def __repr__(self) -> str:
        return f"<{self.fw_name}>:{dict(self)}"

    __str__ = __repr__  # dict's own would leave out the name

    def _check_required(self) -> None:
        missing = [name for name in self.required_params or () if name not in self]
        if missing:
            raise TaskError(f"{type(self).__name__}: Required parameter {', '.join(missing)} not specified!")

    def _check_keywords(self, given: dict[str, Any]) -> None:
        if self.optional_params is None:
            return
        known = [*(self.required_params or ()), *self.optional_params]
        strange = [name for name in given if name not in known]
        if strange:
            raise TaskError(f"{type(self).__name__} has no parameter {', '.join(strange)}; it has {', '.join(known)}")


class FireTaskBase(FiretaskBase):
    """`FiretaskBase` under its old spelling."""
