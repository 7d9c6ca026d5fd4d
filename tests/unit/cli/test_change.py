"""Commands that change: which ones they change, the question before many, what they refuse."""

from __future__ import annotations

import io
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell
from tests.login import fw

from longfuse.domain.fworker import FWorker

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Desk

TODAY = date.today().isoformat()  # noqa: DTZ011 - the commands go by the local calendar


@pytest.fixture
def many(desk: Desk) -> Desk:
    """Twelve workflows of one Firework: more than may change without a question."""
    desk.pad.add_documents([fw(1, shell("true"), name=f"f{n}") for n in range(12)])
    return desk


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


# --- the question
@pytest.mark.parametrize("text", ["Y\n", "yes\n", "y"])
def test_a_yes(many: Desk, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    answer(monkeypatch, text)
    code, _, err = many.call("defuse_fws")
    assert code == 0
    assert "This will modify 12 entries. (Y/N)" in err
    assert "Finished defusing 12 FWs" in err
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 12


@pytest.mark.parametrize("text", ["N\n", "", "\n", "no\n", "1\n"])
def test_anything_else_is_a_no(many: Desk, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    answer(monkeypatch, text)
    code, _, err = many.call("defuse_fws")
    assert code == 1
    assert "--password" in err
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 0


def test_the_password_is_todays_date(many: Desk) -> None:
    assert "Wrong password" in many.refuse("defuse_fws", "--password", "2001-01-01")
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 0
    many.tell("defuse_fws", "--password", TODAY)
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 12


def test_ten_may_change_without_a_question(many: Desk) -> None:
    many.tell("defuse_fws", "-i", ",".join(map(str, range(1, 11))))
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 10


def test_the_settings_say_how_many_are_many(many: Desk) -> None:
    (many.folder / "FW_config.yaml").write_text("PW_CHECK_NUM: 20\n")
    many.tell("defuse_fws")
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "count") == 12


@pytest.mark.parametrize("command", ["archive_wflows", "delete_wflows", "pause_wflows", "forget_offline", "rerun_fws"])
def test_every_command_that_changes_asks(many: Desk, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    answer(monkeypatch, "N\n")
    assert many.call(command)[0] == 1
    assert many.get("get_fws", "-s", "READY", "-d", "count") == 12


# --- which ones
@pytest.mark.parametrize("command", ["rerun_fws", "defuse_fws", "pause_fws", "forget_offline", "delete_wflows"])
def test_unknown_ids_change_nothing(many: Desk, command: str) -> None:
    line = many.refuse(command, "-i", "1,99")
    assert "99" in line
    assert "nothing was changed" in line
    assert many.get("get_fws", "-s", "READY", "-d", "count") == 12


def test_ids_and_other_selectors_exclude_each_other(many: Desk) -> None:
    for words in (["-n", "f1"], ["-s", "READY"], ["-q", "{'a': 1}"]):
        assert "Cannot specify both fw_id and name/state/query" in many.refuse("defuse_fws", "-i", "1", *words)


def test_by_name_and_by_query(many: Desk) -> None:
    many.tell("defuse_fws", "-n", "f3")
    many.tell("pause_fws", "-q", '{"name": "f4"}')
    many.tell("pause_fws", "-s", "defused")
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "ids") == 4
    assert many.get("get_fws", "-s", "PAUSED", "-d", "ids") == 5


def test_a_name_that_is_empty_is_nobodys(many: Desk) -> None:
    """As in ``lpad delete_wflows -n "$NAME"`` where NAME was never set."""
    many.tell("delete_wflows", "-n", "")
    many.tell("defuse_fws", "-n", "")
    assert many.get("get_fws", "-s", "READY", "-d", "count") == 12


def test_a_query_and_the_other_selectors_hold_together(many: Desk) -> None:
    many.tell("defuse_fws", "-n", "f3", "-q", '{"name": "f4"}')
    many.tell("defuse_fws", "-s", "READY", "-q", '{"state": "PAUSED"}')
    assert many.get("get_fws", "-s", "READY", "-d", "count") == 12
    many.tell("defuse_fws", "-n", "f3", "-s", "READY", "-q", '{"fw_id": {"$lt": 9}}')
    many.tell("defuse_wflows", "-n", "w", "-q", '{"state": "READY"}')
    assert many.get("get_fws", "-s", "DEFUSED", "-d", "ids") == 4


def test_launches_have_no_name(many: Desk) -> None:
    for command in ("get_fws", "defuse_fws", "rerun_fws"):
        assert "Launches have no name" in many.refuse(command, "-lm", "-n", "f3")
    assert many.get("get_fws", "-s", "READY", "-d", "count") == 12


# --- one after another
def test_the_life_of_holding(many: Desk) -> None:
    for command, state in [
        ("pause_fws", "PAUSED"),
        ("resume_fws", "READY"),
        ("defuse_fws", "DEFUSED"),
        ("reignite_fws", "READY"),
        ("pause_wflows", "PAUSED"),
        ("reignite_wflows", "READY"),
        ("defuse_wflows", "DEFUSED"),
        ("reignite_wfs", "READY"),
        ("archive_wfs", "ARCHIVED"),
    ]:
        many.tell(command, "-i", "1")
        assert many.login.state(1) == state, command
    assert many.login.state(2) == "READY"


def test_delete(many: Desk) -> None:
    place = many.login.submit(1)
    many.tell("delete_wflows", "-i", "1,2")
    assert many.get("get_wflows", "-d", "count") == 10
    assert place.exists()
    other = many.login.submit(3)
    many.tell("delete_wflows", "-i", "3", "--ldirs")
    assert not other.exists()
    assert "recovered: []" in many.tell("recover_offline")


def test_delete_leaves_the_folder_with_the_launchpad_alone(many: Desk) -> None:
    taken = many.pad.reserve(FWorker(), many.folder, fw_id=1)
    assert taken is not None
    code, _, told = many.call("delete_wflows", "-i", "1", "--ldirs")
    assert code == 0
    assert f"Not removed: {many.folder}, because" in told
    assert many.get("get_wflows", "-d", "count") == 11


def test_update_and_priority(many: Desk) -> None:
    many.tell("update_fws", "-i", "1", "-u", '{"a": {"b": 1}, "c.d": 2}')
    many.tell("update_fws", "-i", "1", "--mongo", "-u", '{"$inc": {"spec.a.b": 5}, "$unset": {"spec.c": ""}}')
    many.tell("set_priority", "7", "-i", "1")
    spec = many.get("get_fws", "-i", "1", "-d", "all")["spec"]
    assert (spec["a"], spec["_priority"]) == ({"b": 6}, 7)
    assert "c" not in spec


def test_what_runs_is_not_updated(many: Desk) -> None:
    many.login.submit(1)
    code, _, err = many.call("update_fws", "-i", "1,2", "-u", '{"a": 1}')
    assert code == 1
    assert "Cannot update spec of fw_id: 1 with state: RESERVED. Try rerunning first." in err
    assert many.get("get_fws", "-q", '{"spec.a": 1}', "-d", "ids") == 2


def test_priority_of_whole_workflows(desk: Desk) -> None:
    desk.login.add(fw(1, shell("true")), fw(2, shell("true")), links={"1": [2]})
    desk.tell("set_priority", "3", "-i", "1", "-wf")
    assert desk.get("get_fws", "-q", '{"spec._priority": 3}', "-d", "count") == 2


def test_cancel_qid(many: Desk) -> None:
    many.login.submit(1)
    code, _, err = many.call("cancel_qid", "--qid", "job-1")
    assert (code, many.login.state(1)) == (0, "READY")
    assert "does not remove the job from the queue" in err
    assert "Can't find any reserved jobs with reservation id: no" in many.call("cancel_qid", "--qid", "no")[2]
    assert "--qid" in many.refuse("cancel_qid")


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "high"])
def test_a_priority_is_a_number(many: Desk, word: str) -> None:
    assert "is no number" in many.refuse("set_priority", "-i", "1", "--", word, code=2)


def test_rerun_counts_what_it_has_set_to_rerun(many: Desk) -> None:
    many.tell("defuse_fws", "-i", "1")
    code, _, err = many.call("rerun_fws", "-i", "1,2")
    assert code == 0
    assert "Cannot rerun fw_id=1: it is DEFUSED." in err
    assert "Finished setting 1 FWs to rerun" in err


def test_rerun_from_a_checkpoint_that_is_not_there(many: Desk) -> None:
    many.login.submit(1)
    assert "No recovery info found in launch 1" in many.refuse("rerun_fws", "-i", "1", "--task-level")
    assert "has no active launches" in many.refuse("rerun_fws", "-i", "2", "--task-level")
    assert "no launch of fw_id: 2" in many.refuse("rerun_fws", "-i", "2", "--task-level", "-lid", "1")
    assert "give one launch to each" in many.refuse("rerun_fws", "-i", "1,2", "--task-level", "-lid", "1")
    assert many.login.state(1) == "RESERVED"


# --- reset
def test_reset(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "no\n")
    assert many.call("reset")[0] == 1
    assert "Invalid password" in many.refuse("reset", "--password", "2001-01-01")
    assert many.get("get_wflows", "-d", "count") == 12
    answer(monkeypatch, "launchpad\n")
    assert many.call("reset")[0] == 0
    assert many.get("get_wflows", "-d", "count") == 0
    many.login.add(fw(5, shell("true")))
    assert many.get("get_fws", "-d", "ids") == 1
    many.tell("reset", "--password", TODAY)
    assert many.get("get_wflows", "-d", "count") == 0
    many.tell("reset")  # an empty one needs no consent
