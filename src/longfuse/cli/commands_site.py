"""``lpad doctor | fsck``: whether this site is fit for Longfuse, and whether all records agree."""

from __future__ import annotations

import getpass
import logging
import os
from typing import TYPE_CHECKING, Any

from longfuse.cli.commands_explain import add_output
from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.output import show, show_value
from longfuse.cli.progress import progress_of
from longfuse.cli.selection import finite

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from longfuse.launchers.doctor import Finding
    from longfuse.settings import Settings

EXAMPLES = {
    "doctor": "lpad doctor --launch_dir /scratch/me/campaign",
    "fsck": "lpad fsck --repair",
}

log = logging.getLogger("longfuse.lpad")

SIGNS = {"ok": "ok  ", "warning": "WARN", "failure": "FAIL"}


def _doctor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--launch_dir", default=".", metavar="DIR", help="where you will launch (default: here)")
    parser.add_argument("-w", "--fworker_file", metavar="FILE", help="the worker: a my_fworker.yaml")
    parser.add_argument("-q", "--queueadapter_file", metavar="FILE", help="the batch system: a my_qadapter.yaml")
    parser.add_argument("--no-probe", action="store_true", help="submit no job")
    parser.add_argument(
        "--timeout",
        type=finite,
        default=120.0,
        metavar="SECS",
        help="how long to wait for the probe job (default: 120)",
    )
    add_output(parser)
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    findings = []
    for finding in _findings(args, settings_of(args)):
        findings.append(finding)
        if args.human:
            advice = f" -> {finding.advice}" if finding.advice else ""
            print(f"{SIGNS[finding.health.value]} {finding.subject}: {finding.text}{advice}", flush=True)
    if not args.human:
        show([_plain(finding) for finding in findings], args.output)
    return int(any(finding.health.value == "failure" for finding in findings))


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "health": finding.health.value,
        "subject": finding.subject,
        "text": finding.text,
        "advice": finding.advice,
    }


def _findings(args: argparse.Namespace, settings: Settings) -> Iterator[Finding]:
    from longfuse.errors import ConfigError
    from longfuse.launchers import doctor
    from longfuse.launchers.shell import run as shell
    from longfuse.settings import qadapter

    yield from doctor.look_at_launchpad(lambda: launchpad_of(settings))
    folder = os.path.abspath(args.launch_dir)
    yield from doctor.look_at_launch_dir(folder)
    try:
        adapter = qadapter(settings)
    except ConfigError as error:
        if settings.qadapter_file is None:
            health, advice = doctor.Health.WARNING, "write one; see docs/howto/qadapter.md"
        else:
            health, advice = doctor.Health.FAILURE, "correct it; see docs/howto/qadapter.md"
        yield doctor.Finding(health, "batch system", str(error), advice)
        return
    fit = True
    for finding in doctor.look_at_queue(adapter, shell, getpass.getuser()):
        fit = fit and finding.health is not doctor.Health.FAILURE
        yield finding
    if fit and not args.no_probe:
        yield from doctor.probe(adapter, shell, folder, args.timeout)


# --- fsck
def _fsck_options(parser: argparse.ArgumentParser) -> None:
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--repair", action="store_true", help="mend what needs no decision; no result is ever dropped")
    does.add_argument(
        "--rebuild", nargs="+", metavar="ROOT", help="fill an empty LaunchPad from the launch directories below these"
    )
    parser.add_argument("-q", "--queueadapter_file", metavar="FILE", help="the batch system: a my_qadapter.yaml")
    add_output(parser)
    parser.set_defaults(run=_fsck)


def _fsck(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    return _rebuild(args, settings) if args.rebuild else _check(args, settings)


def _check(args: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from longfuse.launchers.fsck import check
    from longfuse.launchers.shell import run as shell

    launchpad = launchpad_of(settings)
    progress = progress_of("Workflows and launches looked at")
    found = []
    try:
        for one in check(
            launchpad,
            shell,
            repair=args.repair,
            grace_s=settings.config.OFFLINE_GRACE_SECS,
            progress=progress,
        ):
            found.append(one)
            if args.human:
                advice = f" -> {one.advice}" if one.advice else ""
                print(f"{'mended' if one.mended else 'DIFFERS'} {one.subject}: {one.text}{advice}", flush=True)
    finally:
        progress.end()
    left = sum(not one.mended for one in found)
    if args.human:
        print(f"{left} disagreement(s), {len(found) - left} mended" if found else "Everything agrees")
    else:
        show_value([asdict(one) for one in found], args.output)
    return 1 if left else 0


def _rebuild(args: argparse.Namespace, settings: Settings) -> int:
    from longfuse.launchers.rebuild import rebuild
    from longfuse.settings import qadapter

    launchpad = launchpad_of(settings)
    queue = qadapter(settings).identity() if settings.qadapter_file is not None else None
    progress = progress_of("folders looked into")
    try:
        report = rebuild(launchpad, args.rebuild, queue=queue, progress=progress)
    finally:
        progress.end()
    for problem in report.problems:
        log.warning("%s", problem)
    if report.missing:
        log.warning("Others depend on these, and no launch directory of them is here: %s", report.missing)
    print(
        f"LaunchPad {report.launchpad_id} has {report.fireworks} Firework(s) in {report.workflows} Workflow(s) again, "
        f"from {report.launches} launch(es); what was never reserved is not among them: add it again"
    )
    return 1 if report.problems or report.missing else 0


OPTIONS: dict[str, Callable[[Any], None]] = {"doctor": _doctor_options, "fsck": _fsck_options}
