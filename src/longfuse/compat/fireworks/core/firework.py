"""Firetasks, Fireworks, Workflows and what goes with them."""

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FireTaskBase, FiretaskBase
from longfuse.domain.firework import Firework
from longfuse.domain.fworker import FWorker
from longfuse.domain.launch import Launch
from longfuse.domain.registry import explicit_serialize
from longfuse.domain.specmods import apply_mod
from longfuse.domain.states import State
from longfuse.domain.tracker import DEFAULT_LINES as TRACKER_LINES
from longfuse.domain.tracker import Tracker
from longfuse.domain.wire import FWSerializable, load_object, recursive_deserialize, recursive_serialize, serialize_fw
from longfuse.domain.workflow import Links, Workflow

__all__ = [
    "EXCEPT_DETAILS_ON_RERUN",
    "NEGATIVE_FWID_CTR",
    "STATE_RANKS",
    "TRACKER_LINES",
    "FWAction",
    "FWSerializable",
    "FWorker",
    "FireTaskBase",
    "FiretaskBase",
    "Firework",
    "Launch",
    "Links",
    "State",
    "Tracker",
    "Workflow",
    "apply_mod",
    "explicit_serialize",
    "load_object",
    "recursive_deserialize",
    "recursive_serialize",
    "serialize_fw",
]

EXCEPT_DETAILS_ON_RERUN = False
"""FireWorks' default; what counts is ``FW_config.yaml``."""

NEGATIVE_FWID_CTR = 0
"""Where programs set FireWorks' counter of provisional ids back. Ours needs no such care: it has no effect."""

STATE_RANKS = {str(state): state.rank for state in State}
