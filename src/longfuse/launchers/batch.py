"""Many jobs at once, from the LaunchPad into the queue (reservation mode).

A batch is reserved in few transactions, written into its launch directories by several threads, and then submitted: job
by job, or, where launches differ in nothing but themselves, as job arrays. What `longfuse.launchers.submission` says of
one Firework holds for each: it is RESERVED with a job, or can be taken again, or is FIZZLED with the batch system's own
words. A launcher that is killed leaves reservations without a job on record; the next recovery looks for their tokens.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from secrets import token_hex
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from longfuse.errors import (
    ConfigError,
    LaunchDirError,
    LongfuseError,
    SchedulerError,
    SubmitError,
    SubmitUnclearError,
)
from longfuse.launchers.directories import ARRAY, create_dated_dir
from longfuse.launchers.submission import Refused, Submitted, find, place_of, write_launch, write_script
from longfuse.queue.adapter import JOB_NAME
from longfuse.queue.array import FW_ID, Element, consecutive, element_token, index_of, stem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from longfuse.launchers.submission import Launcher
    from longfuse.launchpad.launches import Reservation
    from longfuse.queue.adapter import QueueAdapter, Submission

AT_ONCE = 100
"""How many Fireworks are reserved in one transaction."""

WRITERS = 8
"""So many threads write launch directories: each file waits for the disk."""

RECORD_S = 1.0
"""After so long at most a job that was submitted is on record."""

PATIENCE_S = 60.0
"""A batch that takes longer gives the rest back: nothing stays reserved for long without a job."""

log = logging.getLogger("longfuse.queue")


@dataclass(frozen=True, slots=True)
class Place:
    """A launcher directory for one launch, and the block that a Firework's own ``_launch_dir`` is relative to."""

    folder: str
    base: str


@dataclass(slots=True)
class Load:
    """One launch of a batch.

    Attributes:
        taken: The Firework.
        place: The directory that was made for it.
        folder: The directory that it runs in.
        error: Why that cannot be written, or None.
    """

    taken: Reservation
    place: Place
    folder: str
    error: LongfuseError | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the Firework names a directory of its own."""
        return self.folder != self.place.folder

    @property
    def element(self) -> Element:
        """It as an element of an array."""
        return Element(index_of(self.taken.token), self.folder, self.taken.fw_id)


@dataclass(frozen=True, slots=True)
class Shape:
    """What launches of one array have in common: the script, and what is remembered of their batch system."""

    script: str
    identity: str


@dataclass(slots=True)
class Batch:
    """Fireworks that are submitted together.

    Attributes:
        launcher: Who launches.
        places: Where; as many as are to be launched at most.
        told: Is called with each job that is on record, and each Firework that was refused.
        go_on: Is asked between submissions; if it says no, what is left is given back.
        arrays: Whether launches of one shape are submitted as job arrays.
    """

    launcher: Launcher
    places: Sequence[Place]
    told: Callable[[Submitted | Refused], None]
    go_on: Callable[[], bool]
    arrays: bool = False
    _open: dict[int, Load] = field(default_factory=dict)
    _jobs: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    _submitted: dict[int, Load] = field(default_factory=dict)
    _recorded_at: float = 0.0

    def run(self) -> int:
        """Launch; returns how many Fireworks were taken.

        Raises:
            SchedulerError: The batch system cannot take jobs now; what it has not taken is READY again.
            ConfigError: There is no batch system here; likewise.
            LaunchDirError: A launch directory cannot be written; likewise.
            SubmitUnclearError: A job may be in the queue; its Firework stays RESERVED, the rest is READY again.
        """
        began = self._recorded_at = time.monotonic()
        stem = stem_of(token_hex(16))
        taken = 0
        try:
            taken = self._reserve(stem)
            self._write()
            parts = deque(self._parts(stem))
            while parts and self.go_on():
                parts.extendleft(reversed(self._submit(parts.popleft(), stem)))
                if time.monotonic() - began > PATIENCE_S:
                    break
        finally:
            try:
                self._record()
            finally:
                self._give_back(taken)
        return taken

    # --- before
    def _reserve(self, stem: str) -> int:
        launcher, taken = self.launcher, 0
        while taken < len(self.places):
            places = self.places[taken : taken + AT_ONCE]
            tokens = [element_token(stem, taken + n) for n in range(1, len(places) + 1)]
            folders, queue = [place.folder for place in places], launcher.adapter.identity()
            found = launcher.launchpad.reserve_many(launcher.fworker, folders, tokens=tokens, queue=queue)
            for one, place in zip(found, places, strict=False):
                log.info("reserved FW with fw_id: %s", one.fw_id)
                self._open[one.launch_id] = Load(one, place, place_of(one, place.folder, place.base))
            taken += len(found)
            if not found:
                break
        return taken

    def _write(self) -> None:
        """Write the launches into the directories that were made for them; others may be shared, and come later."""
        loads = [load for load in self._open.values() if not load.is_elsewhere]
        if len(loads) == 1:
            self._write_one(loads[0])
            return
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(self._write_one, loads))

    def _write_one(self, load: Load) -> None:
        try:
            write_launch(load.folder, load.taken, self.launcher.layout)
        except LongfuseError as error:
            load.error = error

    # --- what goes together
    def _parts(self, stem: str) -> list[list[Load]]:
        """What is submitted together, in the order of the first of each."""
        parts: dict[Shape | int, list[Load]] = {}
        for launch_id, load in self._open.items():
            parts.setdefault(self._shape(load, stem) or launch_id, []).append(load)
        return [run for part in parts.values() for run in self._runs(part)]

    def _runs(self, part: list[Load]) -> list[list[Load]]:
        """Where an array has no gaps, each run of indices is one."""
        words = self.launcher.adapter.dialect.arrays
        if len(part) == 1 or words is None or words.lists:
            return [part]
        by_index = {load.element.index: load for load in part}
        return [[by_index[n] for n in run] for run in consecutive(by_index)]

    def _shape(self, load: Load, stem: str) -> Shape | None:
        """None for what has to be a job of its own; what is wrong with it is told when it is submitted."""
        if not self.arrays or load.error is not None or load.is_elsewhere:
            return None
        try:
            adapter = self._array_adapter(load, JOB_NAME)
        except SubmitError:
            return None
        script = adapter.render_array(stem)
        return Shape(script, json.dumps(adapter.identity(), sort_keys=True)) if script is not None else None

    def _array_adapter(self, load: Load, job_name: str) -> QueueAdapter:
        adapter = self.launcher.wished_adapter(load.taken, job_name)
        return adapter.with_parameters({"rocket_launch": f'{adapter.rocket_launch} --fw_id "${FW_ID}"'}, adapter.source)

    # --- submission
    def _submit(self, part: list[Load], stem: str) -> list[list[Load]]:
        """Submit a job or an array; returns what is to be submitted instead."""
        try:
            if len(part) == 1:
                self._submit_one(part[0])
            else:
                return self._submit_array(part, stem)
        except SubmitUnclearError:
            self._close(part)
            raise
        except (LaunchDirError, SchedulerError, ConfigError):
            raise
        except BaseException:  # Ctrl-C for one
            self._settle(part)
            raise
        return []

    def _submit_one(self, load: Load) -> None:
        launcher = self.launcher
        try:
            adapter = launcher.adapter_for(load.taken)
            if load.is_elsewhere:
                launcher.launchpad.change_launch_dir(load.taken.launch_id, load.folder)
                write_launch(load.folder, load.taken, launcher.layout)
            if load.error is not None:
                raise load.error
            job = launcher.hand_in(adapter, load.folder, load.taken.token)
        except SubmitUnclearError:
            raise
        except SubmitError as error:
            self._record()
            self._close([load])
            self.told(launcher.refuse(load.taken, load.folder, str(error)))
            return
        self._note([(load, job.job_id)], adapter.identity(job.cluster))

    def _submit_array(self, part: list[Load], stem: str) -> list[list[Load]]:
        adapter = self._array_adapter(part[0], self._common_name(part))
        try:
            folder = self._array_folder(part)
        except OSError as error:
            return self._one_by_one(part, f"Cannot make the folder of a job array: {error.strerror}")
        try:
            job = self._hand_in_array(adapter, part, folder, stem)
        except SubmitUnclearError:
            raise
        except SubmitError as error:
            rmtree(folder, ignore_errors=True)
            return self._one_by_one(part, str(error))
        except (LaunchDirError, SchedulerError, ConfigError):
            rmtree(folder, ignore_errors=True)
            raise
        log.info("Submission of %s jobs as job array %s was successful", len(part), job.job_id)
        self._note(self._elements(part, job.job_id), adapter.identity(job.cluster))
        return []

    def _hand_in_array(self, adapter: QueueAdapter, part: list[Load], folder: str, stem: str) -> Submission:
        words, text = adapter.dialect.arrays, adapter.render_array(stem)
        assert words is not None
        assert text is not None
        self._write_own_scripts(part)
        script = words.script(text, [load.element for load in part])
        first = part[0]
        return self.launcher.hand_in_script(adapter, folder, script, first.taken.token, first.folder)

    def _one_by_one(self, part: list[Load], why: str) -> list[list[Load]]:
        """An array that cannot be: what is wrong may be wrong with each, or with arrays only."""
        log.warning("%s; these %s launches are submitted one by one", why, len(part))
        self.arrays = False
        return [[load] for load in part]

    def _array_folder(self, part: list[Load]) -> str:
        """A folder for the array's script, with a link for each element by which its output finds its way."""
        folder = create_dated_dir(part[0].place.base, ARRAY, self.launcher.layout.stamp)
        for load in part:
            os.symlink(load.folder, os.path.join(folder, str(load.element.index)))
        return folder

    def _write_own_scripts(self, part: list[Load]) -> None:
        """For people: the script by which a launch can be submitted again by itself."""
        for load in part:
            text = self.launcher.adapter_for(load.taken).render(load.folder, load.taken.token)
            write_script(load.folder, self.launcher.layout.script_name, text)

    def _common_name(self, part: Sequence[Load]) -> str:
        """What the names of the launches have in common: ``relax`` of ``relax-1`` and ``relax-2``."""
        names = {self.launcher.job_name_of(load.taken) for load in part}
        if len(names) == 1:
            return names.pop()
        return re.sub(r"[\W\d_]+$", "", _beginning(min(names), max(names))) or JOB_NAME

    # --- after
    def _elements(self, part: Sequence[Load], job_id: str) -> list[tuple[Load, str]]:
        """Each load with the name of its job.

        Args:
            part: What was submitted together.
            job_id: The job; of an array its name, or that of its first element.
        """
        words = self.launcher.adapter.dialect.arrays
        if len(part) == 1 or words is None:
            return [(load, job_id) for load in part]
        array_id = job_id.removesuffix(words.job_id("", part[0].element.index))
        return [(load, words.job_id(array_id, load.element.index)) for load in part]

    def _note(self, jobs: Sequence[tuple[Load, str]], identity: dict[str, Any]) -> None:
        """These are in the queue. Where a job can be found by its token, others may be put on record along with it."""
        for load, job_id in jobs:
            self._jobs[load.taken.launch_id] = (job_id, identity)
            self._submitted[load.taken.launch_id] = self._open.pop(load.taken.launch_id)
        adapter = self.launcher.adapter
        found_again = adapter.carries_token and adapter.dialect.token_argv(adapter.status_cmd) is not None
        if not found_again or len(self._jobs) >= AT_ONCE or time.monotonic() - self._recorded_at > RECORD_S:
            self._record()

    def _record(self) -> None:
        """Put jobs on record; cancel those that came so late that their Firework was given to another."""
        jobs, self._jobs = self._jobs, {}
        submitted, self._submitted = self._submitted, {}
        self._recorded_at = time.monotonic()
        late = set(self.launcher.launchpad.record_submissions(jobs)) if jobs else set()
        for launch_id, (job_id, _) in jobs.items():
            load = submitted[launch_id]
            if launch_id in late:
                self.launcher.cancel_late(load.taken, job_id)
            else:
                self.told(Submitted(job_id, load.folder, load.taken.fw_id))

    def _close(self, part: Sequence[Load]) -> None:
        for load in part:
            self._open.pop(load.taken.launch_id, None)

    def _settle(self, part: Sequence[Load]) -> None:
        """We end in the middle: what is in the queue is put on record; what may be, stays reserved."""
        open_ones = [load for load in part if load.taken.launch_id in self._open]
        if not open_ones:
            return
        first, adapter = open_ones[0], self.launcher.adapter
        try:
            job_id = find(adapter, first.taken.token, first.folder, self.launcher.shell)
        except SchedulerError:
            self._close(open_ones)
            return
        if job_id is not None:
            self._note(self._elements(open_ones, job_id), adapter.identity())

    def _give_back(self, taken: int) -> None:
        """What nothing was submitted for can be taken again; directories that nothing was launched in go away."""
        if self._open:
            ids = ", ".join(str(load.taken.fw_id) for load in self._open.values())
            log.info("Un-reserving FW with fw_id: %s", ids)
            self.launcher.launchpad.cancel_reservations(list(self._open))
        for load in self._open.values():
            rmtree(load.place.folder, ignore_errors=True)
        for place in self.places[taken:]:
            self.launcher.layout.remove_if_empty(place.folder)
        for place in self.places[:taken]:
            with suppress(OSError):  # its Firework has its own
                if not os.listdir(place.folder):
                    self.launcher.layout.remove_if_empty(place.folder)


def _beginning(first: str, second: str) -> str:
    """What both begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    return "".join(letter for letter, _ in same)
