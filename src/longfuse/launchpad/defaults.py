"""What ``FW_config.yaml`` says of Fireworks that do not say it themselves: filled in when one is launched.

So a compute node needs no configuration, and what is stored stays as its user wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from longfuse.domain.registry import KEY, current_name
from longfuse.domain.tracker import DEFAULT_LINES

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = dict[str, Any]

TRACKERS = "_trackers"
LINES = "nlines"
TEMPLATE_TASK = "TemplateWriterTask"
TEMPLATE_DIR = "template_dir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What to fill in.

    Attributes:
        tracker_lines: How many lines a Tracker keeps that does not say (TRACKER_LINES).
        template_dir: Where a TemplateWriterTask finds templates that does not say (TEMPLATE_DIR); None leaves it open.
        fw_names: Names that replace an ``_fw_name`` (FW_NAME_UPDATES).
    """

    tracker_lines: int = DEFAULT_LINES
    template_dir: str | None = None
    fw_names: Mapping[str, str] = field(default_factory=dict)

    def fill(self, document: Document) -> Document:
        """A Firework in wire form with what it leaves open."""
        if self == Defaults():
            return document
        spec: Document = self._renamed(document["spec"])
        return {**document, "spec": {**spec, TRACKERS: self.trackers(spec[TRACKERS])} if TRACKERS in spec else spec}

    def trackers(self, trackers: Any) -> list[Any]:
        """Trackers in wire form, each with its number of lines."""
        if self.tracker_lines == DEFAULT_LINES:
            return list(trackers or [])
        return [
            {LINES: self.tracker_lines, **tracker} if isinstance(tracker, dict) else tracker
            for tracker in trackers or []
        ]

    def _renamed(self, value: Any) -> Any:
        """The same with current names, wherever an object stands, and templates' directories."""
        if isinstance(value, list):
            return [self._renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        filled = {key: self._renamed(item) for key, item in value.items()}
        name = filled.get(KEY)
        if isinstance(name, str):
            filled[KEY] = self.fw_names.get(name, name)
            if self.template_dir is not None and _class_name(filled[KEY]) == TEMPLATE_TASK:
                filled.setdefault(TEMPLATE_DIR, self.template_dir)
        return filled


def _class_name(fw_name: str) -> str:
    """The class of a name, whether that is plain or has its module with it."""
    return current_name(fw_name).strip("{}").rpartition(".")[2]
