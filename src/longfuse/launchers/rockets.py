"""Launching rockets where the LaunchPad can be reached (``rlaunch singleshot`` and ``rapidfire``).

The rocket is the same as on a firewalled node: it knows only its launch directory. A `LiveRelay` beside it carries its
files to the LaunchPad at once; if that is away, ``lpad recover_offline`` does so later.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeVar

from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.errors import LaunchDirError, StoreBusyError, StoreUnavailableError
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.directories import Layout, create_launcher_dir
from longfuse.launchers.live import LiveRelay
from longfuse.rocket.rocket import run
from longfuse.rocket.taskprocess import Forks, Keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from longfuse.launchers.live import Ingest
    from longfuse.launchpad.launches import Reservation
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.launchpad.verdict import Sighting
    from longfuse.rocket.outcome import Outcome

    Patiently = Callable[[Callable[[], Any]], Any]

RAPIDFIRE_SLEEP_S = 60.0
"""How long rapidfire waits for new work (FireWorks' RAPIDFIRE_SLEEP_SECS)."""

WAIT_S = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses before a LaunchPad that is away is asked for more work again; the last one is repeated."""

QUICK_S = 1.0
"""The result of a rocket that took longer is brought to the disk at once: to have it again would cost more."""

T = TypeVar("T")

log = logging.getLogger("longfuse.rockets")


@dataclass(frozen=True, slots=True)
class Flight:
    """What became of one rocket.

    Attributes:
        fw_id: Its Firework.
        launch_dir: Where it ran.
        outcome: How it ended.
        relay: Carries its result to the LaunchPad.
    """

    fw_id: int
    launch_dir: str
    outcome: Outcome
    relay: LiveRelay

    @property
    def home(self) -> bool:
        """Whether its result is in the LaunchPad; if not, its files have it."""
        return self.relay.home


def launch_rocket(
    launchpad: LaunchPad,
    fworker: FWorker | None = None,
    fw_id: int | None = None,
    *,
    launch_dir: str = ".",
    local_redirect: bool = False,
    pdb: bool = False,
    layout: Layout | None = None,
    patiently: Patiently = lambda contact: contact(),
    processes: Forks | None = None,
) -> Flight | None:
    """Take one Firework and run it here and now.

    Args:
        launchpad: Where it comes from.
        fworker: Who runs it; None is FireWorks' automatically generated worker.
        fw_id: Take this one, READY or RESERVED, whatever the worker's query says.
        launch_dir: Where it runs, unless its spec has a ``_launch_dir``.
        local_redirect: Whether its output goes to ``FW_job.out`` and ``FW_job.error`` there.
        pdb: Open Python's debugger where a Firetask raises.
        layout: How launch directories look; None is the usual one.
        patiently: Asks the LaunchPad; may wait until it can be reached.
        processes: Where task processes come from; None makes one. It closes the LaunchPad before it forks.

    Returns:
        None if nothing is READY for this worker.

    Raises:
        StateError: The named Firework cannot be taken.
        StoreError: The LaunchPad cannot be reached.
        LaunchDirError: The launch directory cannot be written; the Firework is READY again.
    """
    fworker = fworker or FWorker()
    log.info("Launching Rocket")
    taken = patiently(lambda: launchpad.reserve(fworker, launch_dir, fw_id=fw_id, state=State.RUNNING))
    if taken is None:
        log.info("No FireWorks are ready to run and match query! %s", fworker.query)
        return None
    options = _Options(local_redirect, pdb, layout or Layout(), processes or Forks(launchpad.close))
    return _launch(launchpad, taken, launch_dir, options)


@dataclass(frozen=True, slots=True)
class _Options:
    """How each rocket of a rapidfire is launched, as `launch_rocket` says."""

    local_redirect: bool
    pdb: bool
    layout: Layout
    processes: Forks


def _launch(
    launchpad: LaunchPad,
    taken: Reservation,
    launch_dir: str,
    options: _Options,
    ingest: Ingest | None = None,
    *,
    is_new: bool = False,
) -> Flight:
    """Run what was taken.

    Args:
        launchpad: Where it was taken from.
        taken: What was.
        launch_dir: Where it runs, unless its spec has a ``_launch_dir``.
        options: How.
        ingest: Brings its result home, in place of the LaunchPad's.
        is_new: Whether the launch directory was made for it.
    """
    folder = _settle_in(launchpad, taken, launch_dir, options.layout, is_new=is_new)
    log.info("RUNNING fw_id: %s in directory: %s", taken.fw_id, folder)
    relay = LiveRelay(launchpad, taken.launch_id, folder, taken.token)
    with redirected(folder) if options.local_redirect else nullcontext():
        outcome = run(
            folder,
            on_report=relay.report,
            log=log.info,
            open_launchpad=lambda: _checked(launchpad),
            pdb=options.pdb,
            is_known=True,
            ticket=taken.ticket if is_new and folder == launch_dir else None,
            processes=options.processes,
        )
    relay.land(None if outcome.signal else ingest)
    log.info("Rocket finished")
    return Flight(taken.fw_id, folder, outcome, relay)


def rapidfire(
    launchpad: LaunchPad,
    fworker: FWorker | None = None,
    m_dir: str | None = None,
    nlaunches: int = 0,
    max_loops: int = -1,
    sleep_time: float | None = None,
    *,
    timeout: float | None = None,
    local_redirect: bool = False,
    pdb: bool = False,
    layout: Layout | None = None,
) -> list[Flight]:
    """Run one Firework after another, each in a launcher directory of its own.

    A LaunchPad that goes away is told and waited for; results that could not be brought to it are brought when it is
    back.

    Args:
        launchpad: Where they come from.
        fworker: Who runs them.
        m_dir: Where the launcher directories are made; None is the current directory.
        nlaunches: Stop after so many; 0 runs until nothing is READY and nothing RESERVED or RUNNING may make more so;
            -1 never stops.
        max_loops: How often to wait for new work; -1 without end.
        sleep_time: Seconds between looks for new work.
        timeout: Start nothing after so many seconds.
        local_redirect: As in `launch_rocket`.
        pdb: The same.
        layout: The same.

    Returns:
        The rockets that flew. One that a signal ended is the last: the signal was meant for all.
    """
    base = os.path.abspath(m_dir or ".")
    pause_s = RAPIDFIRE_SLEEP_S if sleep_time is None else sleep_time
    deadline = None if not timeout else time.monotonic() + timeout
    flights: list[Flight] = []
    late: list[LiveRelay] = []

    def patiently(contact: Callable[[], T]) -> T | None:
        for relay in late:
            relay.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        answer = None if any(relay.busy for relay in late) else _wait_for(contact, deadline)
        for relay in late:
            if not relay.busy:
                relay.bring()
        late[:] = [relay for relay in late if not relay.home]
        return answer

    same_for_all = not (local_redirect or pdb)
    with closing(Keeper(launchpad.close)) as keeper:
        processes = keeper if same_for_all else Forks(launchpad.close)
        options = _Options(local_redirect, pdb, layout or Layout(), processes)

        def goes_on() -> bool:  # after the rocket that flies now
            return len(flights) + 1 != nlaunches and not _past(deadline)

        loops = 0
        while True:
            for flight in _fly(launchpad, fworker or FWorker(), base, options, patiently, goes_on):
                flights.append(flight)
                if not flight.home:
                    late.append(flight.relay)
            if flights and (flights[-1].outcome.signal or len(flights) == nlaunches or _past(deadline)):
                return flights
            loops += 1
            over = nlaunches == 0 and not patiently(lambda: launchpad.future_run_exists(fworker))
            if over or loops == max_loops or _past(deadline):
                return flights
            log.info("Sleeping for %s secs", pause_s)
            time.sleep(pause_s if deadline is None else max(0.0, min(pause_s, deadline - time.monotonic())))
            log.info("Checking for FWs to run...")


def _checked(launchpad: LaunchPad) -> LaunchPad:
    """The LaunchPad, if it can be reached now."""
    launchpad.launchpad_id()
    return launchpad


def _wait_for(contact: Callable[[], T], deadline: float | None) -> T | None:
    """Ask a LaunchPad that may be away; None if the time is up before it is back."""
    for pause_s in chain(WAIT_S, repeat(WAIT_S[-1])):
        try:
            answer = contact()
        except (StoreUnavailableError, StoreBusyError) as error:
            if _past(deadline):
                log.warning("%s; the time is up", str(error).rstrip("."))
                return None
            log.warning("%s; trying again in %g secs", str(error).rstrip("."), pause_s)
            time.sleep(pause_s if deadline is None else max(0.0, min(pause_s, deadline - time.monotonic())))
        else:
            return answer
    raise AssertionError  # the pauses never end


def _fly(
    launchpad: LaunchPad,
    fworker: FWorker,
    base: str,
    options: _Options,
    patiently: Patiently,
    goes_on: Callable[[], bool],
) -> Iterator[Flight]:
    """Rockets as long as something is READY.

    The transaction that ends one takes the next: a rocket costs one, not two.
    """
    if not patiently(lambda: launchpad.run_exists(fworker)):
        return
    following = _Following(launchpad, fworker, base, options.layout, goes_on)
    last = False
    while not last:
        log.info("Launching Rocket")
        folder = following.folder or create_launcher_dir(base, options.layout.stamp)
        taken = following.taken or patiently(partial(launchpad.reserve, fworker, folder, state=State.RUNNING))
        if taken is None:
            options.layout.remove_if_empty(folder)
            log.info("No FireWorks are ready to run and match query! %s", fworker.query)
            return
        following = _Following(launchpad, fworker, base, options.layout, goes_on)
        flight = _launch(launchpad, taken, folder, options, following.ingest, is_new=True)
        if flight.launch_dir != folder:
            options.layout.remove_if_empty(folder)
        last = bool(flight.outcome.signal) or not (following.taken or goes_on())
        yield flight


class _Following:
    """The rocket after another one; made when that starts.

    Attributes:
        folder: The launcher directory made for it; empty if none was.
        taken: Its Firework; None if it has yet to be taken.
    """

    def __init__(
        self, launchpad: LaunchPad, fworker: FWorker, base: str, layout: Layout, wanted: Callable[[], bool]
    ) -> None:
        self._wanted = wanted
        self._launchpad = launchpad
        self._fworker = fworker
        self._base = base
        self._layout = layout
        self._began_s = time.monotonic()
        self.folder = ""
        self.taken: Reservation | None = None

    def ingest(self, sightings: Sequence[Sighting]) -> None:
        """Bring the result of the other one home, and take this one, if it is wanted."""
        if not self._wanted():
            self._launchpad.ingest(sightings)
            return
        self.folder = self.folder or create_launcher_dir(self._base, self._layout.stamp)
        quick = time.monotonic() - self._began_s < QUICK_S
        self.taken = self._launchpad.ingest_and_reserve(sightings, self._fworker, self.folder, synced=not quick)


def _settle_in(launchpad: LaunchPad, taken: Reservation, launch_dir: str, layout: Layout, *, is_new: bool) -> str:
    """Make the launch directory, unless it was made for it; returns its path."""
    folder = os.path.abspath(launch_dir)
    wanted = taken.document["spec"].get("_launch_dir")
    try:
        if wanted:
            folder = os.path.join(folder, os.path.expanduser(os.path.expandvars(wanted)))
        prepare(folder, taken.document, taken.ticket, synced=False, is_new=is_new and not wanted)
        layout.write_yaml(folder, taken.document)
    except OSError as error:
        launchpad.rerun_fw(taken.fw_id)
        raise LaunchDirError(
            f"Cannot write the launch directory {folder}: {error.strerror}; Firework {taken.fw_id} is READY again"
        ) from None
    if wanted:
        launchpad.change_launch_dir(taken.launch_id, folder)
    return folder


def _past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


@contextmanager
def redirected(folder: str) -> Iterator[None]:
    """Standard output and error of this process and its children go to files in the folder."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    try:
        for name, descriptor in (("FW_job.out", 1), ("FW_job.error", 2)):
            target = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            os.dup2(target, descriptor)
            os.close(target)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, kept in zip((1, 2), saved, strict=True):
            os.dup2(kept, descriptor)
            os.close(kept)
