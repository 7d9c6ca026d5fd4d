"""What FireWorks' functions do here."""

from __future__ import annotations

import io
import json
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import Firework, FWorker, LaunchPad, PyTask, ScriptTask, Workflow
from longfuse.compat.fireworks.core import rocket_launcher
from longfuse.compat.fireworks.core.launchpad import LockedWorkflowError, WFLock, get_action_from_gridfs
from longfuse.compat.fireworks.core.rocket import Rocket, do_ping
from longfuse.compat.fireworks.utilities import fw_serializers, fw_utilities
from longfuse.compat.fireworks.utilities.dict_mods import DictMods, apply_mod
from longfuse.compat.fireworks.utilities.exceptions import FWError, FWFormatError, FWSerializationError
from longfuse.compat.fireworks.utilities.visualize import plot_wf, wf_to_graph
from longfuse.errors import LongfuseError, NotFoundError, StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LaunchPad]:
    """A LaunchPad in the current directory, where no settings are found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FW_CONFIG_FILE", raising=False)
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    yield pad
    pad.close()


# --- launching
def test_launch_rocket(pad: LaunchPad, tmp_path: Path) -> None:
    assert rocket_launcher.launch_rocket(pad, FWorker(), strm_lvl="CRITICAL") is False
    pad.add_wf(Firework(ScriptTask.from_str("echo here > out")))
    pad.add_wf(Firework(PyTask(func="math.sqrt", args=[-1])))
    assert rocket_launcher.launch_rocket(pad, strm_lvl="CRITICAL") is True
    assert (tmp_path / "out").read_text() == "here\n"
    words = io.StringIO()
    assert Rocket(pad, FWorker(), 2).run(err_file=words) is True
    assert words.getvalue().startswith("ValueError: ")
    assert [document["state"] for document in pad.fireworks.find()] == ["COMPLETED", "FIZZLED"]


def test_rapidfire(pad: LaunchPad, tmp_path: Path) -> None:
    pad.bulk_add_wfs([Firework(ScriptTask.from_str("echo hello")) for _ in range(3)])
    rocket_launcher.rapidfire(pad, FWorker(), str(tmp_path), nlaunches=2, strm_lvl="CRITICAL", local_redirect=True)
    assert pad.fireworks.count_documents({"state": "COMPLETED"}) == 2
    launch_dir = pad.get_launchdir(1)
    assert launch_dir is not None
    with open(os.path.join(launch_dir, "FW_job.out")) as output:
        assert output.read() == "hello\n"
    rocket_launcher.rapidfire(pad, FWorker(), str(tmp_path), nlaunches="infinite", max_loops=1, strm_lvl=None)
    assert pad.fireworks.count_documents({"state": "COMPLETED"}) == 3


def test_the_worker_is_the_one_of_the_settings(pad: LaunchPad, tmp_path: Path) -> None:
    FWorker("mine").to_file(tmp_path / "my_fworker.yaml")
    assert rocket_launcher.get_fworker(None).name == "mine"
    assert rocket_launcher.get_fworker(FWorker("other")).name == "other"


def test_pings_and_checkpoints(pad: LaunchPad) -> None:
    pad.add_wf(Firework(ScriptTask.from_str("true")))
    launch_id = pad.checkout_fw(FWorker(), "here")[1]
    assert launch_id is not None
    Rocket.update_checkpoint(pad, "here", launch_id, {"_task_n": 3})
    before = pad.get_launch_by_id(launch_id).last_pinged
    do_ping(pad, launch_id)
    launch = pad.get_launch_by_id(launch_id)
    assert before is not None
    assert launch.last_pinged is not None
    assert launch.last_pinged > before
    assert launch.state_history[-1]["checkpoint"] == {"_task_n": 3}


def test_there_is_no_lock_to_wait_for(pad: LaunchPad) -> None:
    pad.add_wf(Firework(ScriptTask.from_str("true")))
    with WFLock(pad, 1, 10, True) as lock:
        lock.lp.pause_fw(1)
    with pytest.raises(NotFoundError), WFLock(pad, 2):
        pass
    assert LockedWorkflowError is StoreBusyError
    assert get_action_from_gridfs({"exit": True}, None) == {"exit": True}


# --- serialising
def test_dates() -> None:
    moment = datetime(2024, 1, 31, 12, tzinfo=UTC)
    text = json.dumps({"a": moment, "b": {1}}, default=fw_serializers.DATETIME_HANDLER)
    assert json.loads(text) == {"a": "2024-01-31T12:00:00+00:00", "b": None}
    again = fw_serializers.reconstitute_dates({"a": [moment.isoformat(), "2024-01-31", "This", 3]})
    assert again == {"a": [moment, "2024-01-31", "This", 3]}


def test_errors_are_caught_under_fireworks_names() -> None:
    with pytest.raises(FWFormatError):
        Firework(ScriptTask.from_str("true")).to_format("xml")
    with pytest.raises(FWSerializationError, match="nothing"):
        fw_serializers.load_object({"_fw_name": "nothing"})
    assert FWError is LongfuseError
    assert fw_serializers.get_default_serialization(Firework) == "longfuse::Firework"


def test_every_operator_of_mod_spec() -> None:
    spec: dict[str, Any] = {}
    apply_mod({"_set": {"a->b": 1}}, spec)
    DictMods.supported_actions["_push"](spec, "c", 2)
    assert spec == {"a": {"b": 1}, "c": [2]}


# --- odds and ends
def test_a_logger_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logger = fw_utilities.get_fw_logger("their.tool", str(tmp_path), stream_level="ERROR")
    assert fw_utilities.get_fw_logger("their.tool") is logger
    fw_utilities.log_multi(logger, "quiet")
    try:
        json.loads("what happened")
    except ValueError:
        fw_utilities.log_exception(logger, ["one", "two"])
    debug = (tmp_path / "their_tool-debug.log").read_text()
    assert "INFO quiet" in debug
    assert "JSONDecodeError: " in debug
    assert "quiet" not in (tmp_path / "their_tool-error.log").read_text()
    assert "ERROR one" in capsys.readouterr().err
    for handler in list(logger.handlers):
        handler.close()
        logger.removeHandler(handler)


def test_log_lines_are_shown_meanwhile_only(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("longfuse")
    shown = logger.hasHandlers()  # pytest's own, as the case may be
    with fw_utilities.log_lines("INFO"):
        logging.getLogger("longfuse.rockets").info("now")
    logging.getLogger("longfuse.rockets").info("then")
    assert ("now" in capsys.readouterr().err) is not shown
    assert logger.handlers == []


def test_names_and_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fw_utilities.get_slug("a b/c (1)") == "a_bc_(1)"
    folder = fw_utilities.create_datestamp_dir(str(tmp_path), logging.getLogger("test"), "trial_")
    assert os.path.basename(folder).startswith("trial_2")
    assert os.path.isdir(folder)
    assert fw_utilities.get_my_host()
    monkeypatch.chdir(tmp_path)
    with fw_utilities.redirect_local():
        os.system("echo redirected")
    assert (tmp_path / "FW_job.out").read_text() == "redirected\n"


def test_pictures(tmp_path: Path) -> None:
    tasks = [ScriptTask.from_str("true"), PyTask(func="print")]
    fws = [Firework(tasks, name=name, fw_id=n) for n, name in enumerate("abcd", 1)]
    workflow = Workflow(fws, {1: [2, 3], 2: 4, 3: 4}, name="diamond")
    graph = pytest.importorskip("graphviz") and wf_to_graph(workflow)
    assert "1 -> 2" in graph.source
    assert "PyTask" in graph.source
    plain = wf_to_graph(fws[0], {"comment": "mine"}, wf_show_tasks=False)
    assert "rankdir=LR" in plain.source
    assert "PyTask" not in plain.source
    pytest.importorskip("matplotlib")
    figure = plot_wf(workflow, save_as=str(tmp_path / "diamond.png"), numerical_label=True)
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "2", "3", "4"]
    assert (tmp_path / "diamond.png").stat().st_size > 1000
