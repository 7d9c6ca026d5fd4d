"""``lpad why | status | config``."""

from __future__ import annotations

import argparse
from itertools import chain
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.output import FORMATS, show, show_value
from longfuse.cli.progress import announced
from longfuse.cli.selection import fw_id_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from longfuse.launchpad.status import Group, Status
    from longfuse.launchpad.why import Subject
    from longfuse.settings import Settings

EXAMPLES = {"why": "lpad why 12 13", "status": "lpad status", "config": "lpad config"}

VARIABLES = ("FW_CONFIG_FILE", "LONGFUSE_DEBUG", "LONGFUSE_LOCAL_QUEUE", "XDG_DATA_HOME")
"""What counts of the environment."""


def add_output(parser: argparse.ArgumentParser) -> None:
    """``-o`` behind the command, too; without it the command speaks to a person."""
    parser.add_argument(
        "-o",
        "--output",
        type=str.lower,
        choices=FORMATS,
        default=argparse.SUPPRESS,
        help="for a program instead of a person",
    )


# --- why
def _why_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fw_id", nargs="+", type=fw_id_list, help="the Fireworks: 12 13, or 12,13")
    parser.add_argument(
        "-w",
        "--fworker_file",
        metavar="FILE",
        help="the worker to which READY ones are shown (default: my_fworker.yaml)",
    )
    add_output(parser)
    parser.set_defaults(run=_why)


def _why(args: argparse.Namespace) -> int:
    from longfuse.domain.wire import now
    from longfuse.launchpad.why import explain
    from longfuse.settings import fworker

    settings = settings_of(args)
    ids = list(dict.fromkeys(chain.from_iterable(args.fw_id)))
    launchpad = launchpad_of(settings)
    with announced("looking"):
        subjects = _with_jobs(launchpad.evidence(ids, fworker(settings)))
        explained = [explain(subject, now()) for subject in subjects]
    if not args.human:
        show([{**each.facts, "sentence": each.sentence} for each in explained], args.output)
        return 0
    for each in explained:
        print(each.sentence + (f"\n    {each.todo}" if each.todo else ""))
    return 0


def _with_jobs(subjects: Sequence[Subject]) -> list[Subject]:
    """The same with the batch systems' word on their jobs, and on those of what they wait for; each is asked once."""
    from dataclasses import replace

    from longfuse.launchers.shell import run
    from longfuse.launchpad.why import Job
    from longfuse.relay import ask_jobs

    everybody = [*subjects, *(blocker.subject for subject in subjects for blocker in subject.blockers)]
    statuses, silences = ask_jobs([each.launch for each in everybody if each.launch is not None], run)

    def told(subject: Subject) -> Subject:
        launch_id = subject.launch.launch_id if subject.launch is not None else 0
        job = Job(status=statuses.get(launch_id), silence=silences.get(launch_id, ""))
        blockers = [replace(blocker, subject=told(blocker.subject)) for blocker in subject.blockers]
        return replace(subject, job=job, blockers=blockers)

    return [told(subject) for subject in subjects]


# --- status
def _status_options(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.set_defaults(run=_status)


def _status(args: argparse.Namespace) -> int:
    from longfuse.domain.wire import now
    from longfuse.launchers.shell import run
    from longfuse.launchpad.location import shown
    from longfuse.launchpad.status import Limits, assess
    from longfuse.relay import ask_jobs

    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    with announced("looking, and asking the batch system"):
        seen = launchpad.snapshot()
        statuses, silences = ask_jobs(seen.open, run)
    config = settings.config
    limits = Limits(silent_s=config.RUN_EXPIRATION_SECS, reserved_s=config.RESERVATION_EXPIRATION_SECS)
    status = assess(seen, statuses, silences, now(), limits)
    if args.human:
        _show_status(shown(launchpad.url), status)
    else:
        show_value({"launchpad": shown(launchpad.url), **status.to_dict()}, args.output)
    return 0


def _show_status(url: str, status: Status) -> None:
    from longfuse.cli.sections import Section, show_sections

    print(f"LaunchPad: {url}\n")
    states = dict.fromkeys([*status.fireworks, *status.workflows])
    counts = [
        [str(state), str(status.fireworks.get(state, 0)), str(status.workflows.get(state, 0))] for state in states
    ]
    totals = ["total", str(sum(status.fireworks.values())), str(sum(status.workflows.values()))]
    headers = ("", "number", "Fireworks", "what to type")
    show_sections(
        [
            Section("State", ("", "Fireworks", "workflows"), [*counts, totals]),
            Section("Recent failures", headers, _rows(status.failures)),
            Section("Jobs in the queue", headers, _rows(status.jobs)),
            Section("Not heard from for long", headers, _rows(status.silent)),
            Section("Needs a person", headers, _rows(status.person), empty="nothing"),
        ]
    )


def _rows(groups: Sequence[Group]) -> list[list[str]]:
    return [[group.what, str(group.count), _some(group), group.todo] for group in groups]


def _some(group: Group) -> str:
    return ", ".join(map(str, group.fw_ids)) + (", ..." if group.count > len(group.fw_ids) > 0 else "")


# --- config
def _config_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--fworker_file", metavar="FILE", help="as other commands are given it")
    parser.add_argument("-q", "--queueadapter_file", metavar="FILE", help="as other commands are given it")
    add_output(parser)
    parser.set_defaults(run=_config)


def _config(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    described = _described(settings, args)
    if args.human:
        for line in _lines(described):
            print(line)
    else:
        show_value(described, args.output)
    return 0


def _described(settings: Settings, args: argparse.Namespace) -> dict[str, Any]:
    from longfuse.config import KEYS, WITHOUT_MEANING

    origins = {**settings.origins, **({"STREAM_LOGLEVEL": "flag"} if args.loglvl else {})}
    values = {key: getattr(settings.config, key) for key in KEYS}
    if args.loglvl:
        values["STREAM_LOGLEVEL"] = args.loglvl.upper()
    return {
        "launchpad": _launchpad(settings),
        "files": _files(settings),
        "environment": {name: settings.environ[name] for name in VARIABLES if settings.environ.get(name)},
        "keys": {
            key: {
                "value": list(values[key]) if isinstance(values[key], tuple) else values[key],
                "set_by": origins.get(key, "default"),
                "meaning": about["help"],
            }
            for key, about in KEYS.items()
        },
        "without_effect": {
            key: {"set_by": origins[key], "why": why} for key, why in WITHOUT_MEANING.items() if key in origins
        },
    }


def _launchpad(settings: Settings) -> str:
    """The database that commands open, or why they cannot."""
    from longfuse.errors import ConfigError
    from longfuse.launchpad import location

    if settings.launchpad_file is None:
        return location.default_url(settings.environ)
    try:
        return location.shown(location.read_location(settings.launchpad_file).url)
    except ConfigError as error:
        return f"none: {error}"


def _files(settings: Settings) -> dict[str, dict[str, Any]]:
    from longfuse.config import CONFIG_NAME
    from longfuse.settings import CONFIG_VARIABLE, FILES

    config = settings.sources[CONFIG_NAME]
    used: dict[str, tuple[str | None, str]] = {CONFIG_NAME: (None, "default")}
    if config != "defaults":
        used[CONFIG_NAME] = (config, CONFIG_VARIABLE if settings.environ.get(CONFIG_VARIABLE) else "folder")
    for kind, (name, key) in FILES.items():
        path, source = getattr(settings, f"{kind}_file"), settings.sources[kind]
        used[name] = (str(path) if path else None, source if source in ("flag", key, "default") else "folder")
    return {
        name: {"path": path, "found_by": source, "passed_over": [str(other) for other in settings.passed_over[name]]}
        for name, (path, source) in used.items()
    }


FOUND_BY = {"flag": "the command line", "folder": "its folder", "default": ""}
"""In words, how a file was found; else a key or a variable named it."""


def _lines(described: Mapping[str, Any]) -> Iterator[str]:
    yield f"LaunchPad: {described['launchpad']}"
    for name, found in described["files"].items():
        by = FOUND_BY.get(found["found_by"], found["found_by"])
        yield f"{name}: {found['path'] or 'none'}" + (f" (named by {by})" if by not in ("", "its folder") else "")
        for other in found["passed_over"]:
            yield f"  passed over: {other}"
    for name, value in described["environment"].items():
        yield f"${name}: {value}"
    yield ""
    width = max(map(len, described["keys"]))
    for key, about in described["keys"].items():
        by = about["set_by"]
        yield f"{key:{width}} = {_short(about['value'])}" + (f"  ({_setter(by)})" if by != "default" else "")
    for key, about in described["without_effect"].items():
        yield f"{key:{width}}   has no effect: {about['why']} ({_setter(about['set_by'])})"


def _setter(origin: str) -> str:
    return f"set by {FOUND_BY.get(origin, origin)}"


def _short(value: Any) -> str:
    import json

    return value if isinstance(value, str) and value else json.dumps(value)


OPTIONS: dict[str, Callable[[Any], None]] = {"why": _why_options, "status": _status_options, "config": _config_options}
