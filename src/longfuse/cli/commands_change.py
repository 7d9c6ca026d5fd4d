"""What changes Fireworks and Workflows: rerun, defuse, pause, update, remove."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from longfuse.cli.bulk import in_batches, one_by_one
from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.progress import announced, counted
from longfuse.cli.selection import (
    add_reservation_id,
    add_selection,
    finite,
    fws_to_change,
    mapping_of,
    wfs_to_change,
)
from longfuse.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad

log = logging.getLogger("longfuse.lpad")

MOST_NAMED = 20
"""How many fw_ids a line names."""

EXAMPLES = {
    "rerun_fws": "lpad rerun_fws -s FIZZLED",
    "defuse_fws": "lpad defuse_fws -i 4,5",
    "reignite_fws": "lpad reignite_fws -s DEFUSED",
    "pause_fws": "lpad pause_fws -n relax",
    "resume_fws": "lpad resume_fws -s PAUSED",
    "update_fws": 'lpad update_fws -i 4 -u \'{"_queueadapter": {"walltime": "04:00:00"}}\'',
    "set_priority": "lpad set_priority 10 -i 4",
    "cancel_qid": "lpad cancel_qid --qid 4711",
    "defuse_wflows": "lpad defuse_wflows -i 4",
    "pause_wflows": "lpad pause_wflows -n relax",
    "reignite_wflows": "lpad reignite_wflows -i 4",
    "archive_wflows": "lpad archive_wflows -s COMPLETED",
    "delete_wflows": "lpad delete_wflows -i 4",
}


def _open(args: argparse.Namespace) -> tuple[LaunchPad, int]:
    """The LaunchPad, and how many entries may change without a question."""
    settings = settings_of(args)
    return launchpad_of(settings), settings.config.PW_CHECK_NUM


# --- one method for Fireworks or Workflows
def _each_fw(args: argparse.Namespace, method: str, doing: str) -> int:
    launchpad, limit = _open(args)
    ids = fws_to_change(launchpad, args, limit)
    in_batches(launchpad.in_batches(ids), len(ids), f"FWs: {doing}", getattr(launchpad, method))
    log.info("Finished %s %s FWs", doing, len(ids))
    return 0


def _each_wf(args: argparse.Namespace, method: str, doing: str, what: str, **options: Any) -> int:
    launchpad, limit = _open(args)
    ids = wfs_to_change(launchpad, args, limit)
    change = partial(getattr(launchpad, method), **options)
    in_batches(launchpad.in_batches(ids, workflows=True), len(ids), f"workflows: {doing}", change)
    log.info("Finished %s %s %s", doing, len(ids), what)
    return 0


def _fw_options(method: str, doing: str, parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    parser.set_defaults(run=lambda args: _each_fw(args, method, doing))


def _wf_options(method: str, doing: str, what: str, parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False, password=True)
    parser.set_defaults(run=lambda args: _each_wf(args, method, doing, what))


# --- rerun_fws
def _rerun_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    parser.add_argument("--task-level", action="store_true", help="go on from the Firetask that was running")
    parser.add_argument(
        "-lid", "--launch_id", type=int, nargs="+", metavar="ID", help="from these launches (default: the last ones)"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-cp", "--copy-data", action="store_true", help="copy the earlier launch directory first")
    where.add_argument("-pd", "--previous-dir", action="store_true", help="run in the earlier launch directory")
    parser.set_defaults(run=_rerun)


def _rerun(args: argparse.Namespace) -> int:
    launchpad, limit = _open(args)
    ids = fws_to_change(launchpad, args, limit, partial(_announce_rerun, launchpad))
    reset: set[int] = set()
    doing = "FWs: setting to rerun"
    if args.task_level:
        sources = args.launch_id or ["last"] * len(ids)
        if len(sources) != len(ids):
            raise InputError(f"There are {len(ids)} Fireworks and {len(sources)} launch ids; give one launch to each")
        mode = "cp" if args.copy_data else "prev_dir" if args.previous_dir else None
        pairs = list(zip(ids, sources, strict=True))
        one_by_one(launchpad, pairs, doing, lambda pair: reset.update(launchpad.rerun_fw(pair[0], True, pair[1], mode)))
    else:
        batches = launchpad.in_batches(ids)
        in_batches(batches, len(ids), doing, lambda batch: reset.update(launchpad.rerun_fws(batch)))
    log.info("Finished setting %s FWs to rerun", len(reset.intersection(ids)))
    return 0


def _announce_rerun(launchpad: LaunchPad, ids: list[int]) -> None:
    """Say what else a rerun will reset, and what of the earlier runs stays."""
    with announced("looking what else this resets"):
        foreseen = launchpad.foresee_rerun(ids)
    others = sorted(set(foreseen.reset) - set(ids))
    lines = []
    if others:
        lines.append(f"resets {len(others)} FWs that depend on them or are their duplicates, too: {_listed(others)}")
    if foreseen.added:
        lines.append(f"keeps {len(foreseen.added)} FWs that earlier runs have added: {_listed(foreseen.added)}")
    if lines:
        log.info("Rerunning %s FWs %s", len(ids), "; ".join(lines))


def _listed(ids: list[int]) -> str:
    """As many ids as a line has room for."""
    named = ", ".join(map(str, ids[:MOST_NAMED]))
    return named if len(ids) <= MOST_NAMED else f"{named}, ... ({len(ids) - MOST_NAMED} more)"


# --- update_fws, set_priority
def _update_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    parser.add_argument("-u", "--update", required=True, metavar="JSON", help="keys of the spec and their new values")
    parser.add_argument("--mongo", action="store_true", help='the update is a Mongo one: \'{"$inc": {"spec.n": 1}}\'')
    parser.set_defaults(run=_update)


def _update(args: argparse.Namespace) -> int:
    launchpad, limit = _open(args)
    update = mapping_of(args.update)
    ids = fws_to_change(launchpad, args, limit)
    left: list[int] = []
    in_batches(
        launchpad.in_batches(ids),
        len(ids),
        "FWs: updating",
        lambda batch: left.extend(launchpad.update_spec(batch, update, args.mongo)),
    )
    log.info("Finished updating %s FWs", len(ids) - len(left))
    return 1 if left else 0


def _priority_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("priority", type=finite, help="higher runs earlier; any runs before none")
    add_selection(parser, password=True)
    parser.add_argument("-wf", action="store_true", help="all Fireworks of the workflows they belong to")
    parser.set_defaults(run=_set_priority)


def _set_priority(args: argparse.Namespace) -> int:
    launchpad, limit = _open(args)
    if args.wf:
        workflows = wfs_to_change(launchpad, args, limit)
        found = counted(workflows, "workflows looked up")
        ids = [fw_id for wf in found for fw_id in launchpad.get_fw_ids_of_wf(wf)]
    else:
        ids = fws_to_change(launchpad, args, limit)
    priority = int(args.priority) if args.priority.is_integer() else args.priority
    change = partial(launchpad.set_priorities, priority=priority)
    in_batches(launchpad.in_batches(ids), len(ids), "FWs: setting priorities", change)
    log.info("Finished setting priorities of %s FWs", len(ids))
    return 0


# --- cancel_qid
def _cancel_options(parser: argparse.ArgumentParser) -> None:
    add_reservation_id(parser)
    parser.set_defaults(run=_cancel_qid)


def _cancel_qid(args: argparse.Namespace) -> int:
    if not args.qid:
        raise InputError("Name the job with --qid")
    launchpad, _ = _open(args)
    log.warning("cancel_qid does not remove the job from the queue: do that too, with scancel, qdel, ...")
    launchpad.cancel_reservation_by_reservation_id(args.qid)
    return 0


# --- whole workflows
def _defuse_wf_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False, password=True)
    parser.add_argument("--defuse_all_states", action="store_true", help="also what has COMPLETED or FIZZLED")
    parser.set_defaults(run=_defuse_wflows)


def _defuse_wflows(args: argparse.Namespace) -> int:
    return _each_wf(args, "defuse_wfs", "defusing", "FWs.", defuse_all_states=args.defuse_all_states)


def _delete_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False, password=True)
    parser.add_argument("--ldirs", action="store_true", help="with their launch directories")
    parser.set_defaults(run=_delete)


def _delete(args: argparse.Namespace) -> int:
    return _each_wf(args, "delete_wfs", "deleting", "WFs", delete_launch_dirs=args.ldirs)


OPTIONS: dict[str, Callable[[Any], None]] = {
    "rerun_fws": _rerun_options,
    "defuse_fws": partial(_fw_options, "defuse_fws", "defusing"),
    "reignite_fws": partial(_fw_options, "reignite_fws", "reigniting"),
    "pause_fws": partial(_fw_options, "pause_fws", "pausing"),
    "resume_fws": partial(_fw_options, "resume_fws", "resuming"),
    "update_fws": _update_options,
    "set_priority": _priority_options,
    "cancel_qid": _cancel_options,
    "defuse_wflows": _defuse_wf_options,
    "pause_wflows": partial(_wf_options, "pause_wfs", "pausing", "FWs."),
    "reignite_wflows": partial(_wf_options, "reignite_wfs", "reigniting", "Workflows"),
    "archive_wflows": partial(_wf_options, "archive_wfs", "archiving", "WFs"),
    "delete_wflows": _delete_options,
}
