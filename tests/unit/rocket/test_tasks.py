"""Firetasks in order, and what their answers add up to."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

from tests.launching import (
    call,
    document,
    final_of,
    launch,
    make_firework,
    make_launch,
    make_ticket,
    ping_of,
    run_tasks,
    shell,
)

from longfuse.launchdir.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path


def test_data_of_all_tasks_is_merged_and_later_tasks_see_it(tmp_path: Path) -> None:
    final = run_tasks(
        tmp_path,
        call("store", kwargs={"a": 1, "b": 1}),
        call("update", kwargs={"x": 5}),
        call("modify", {"_push": {"list": 7}}),
        call("answer", inputs=["list"], stored_data_varname="b"),
        list=[6],
    )
    assert final.state == "COMPLETED"
    assert final.fwaction["stored_data"] == {"a": 1, "b": [6, 7]}
    assert final.fwaction["update_spec"] == {"x": 5}
    assert final.fwaction["mod_spec"] == [{"_push": {"list": 7}}]


def test_an_action_that_exits_leaves_out_the_rest(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("stop_here"), call("store", kwargs={"never": 1}))
    assert final.fwaction["stored_data"] == {"stopped": True}
    assert final.fwaction["exit"] is True


def test_propagate_of_an_earlier_task_is_kept(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("propagate", kwargs={"x": 1}), call("answer"))
    assert final.fwaction["propagate"] is True


def test_a_firework_without_tasks_completes(tmp_path: Path) -> None:
    final = run_tasks(tmp_path)
    assert final.state == "COMPLETED"
    assert final.fwaction["stored_data"] == {}


def test_a_task_that_raises_fizzles_the_firework_in_fireworks_shape(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("store", kwargs={"a": 1}), call("fail", "no such atom"), call("answer"))
    assert (final.state, final.reason, final.signal) == ("FIZZLED", "ValueError: no such atom", "")
    stored = final.fwaction["stored_data"]
    assert set(stored) == {"_message", "_task", "_exception"}
    assert stored["_message"] == "runtime error during task"
    assert stored["_task"] == {"_fw_name": "PyTask", "func": "lf_user_tasks.fail", "args": ["no such atom"]}
    assert set(stored["_exception"]) == {"_stacktrace", "_details"}
    assert "ValueError: no such atom" in stored["_exception"]["_stacktrace"]
    assert final.fwaction["exit"] is True
    assert final.checkpoint["_task_n"] == 1
    assert final.checkpoint["_all_stored_data"] == {"a": 1}


def test_an_exception_may_tell_details(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("fail_with_details"))
    assert final.fwaction["stored_data"]["_exception"]["_details"] == {"atoms": 3}
    assert final.reason == "DetailedError: three atoms"


def test_a_failed_task_is_told_on_standard_error(tmp_path: Path) -> None:
    finished = launch(make_launch(tmp_path, call("fail", "no such atom")))
    assert finished.code == 0
    assert "Traceback" in finished.stderr
    assert "ValueError: no such atom" in finished.stderr


def test_sys_exit_in_a_task_fizzles(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("exit_politely", 0))
    assert (final.state, final.reason) == ("FIZZLED", "SystemExit: 0")


def test_an_unknown_firetask_fizzles_and_is_named(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, {"_fw_name": "NoSuchTask"})
    assert final.state == "FIZZLED"
    assert "NoSuchTask" in final.reason
    assert final.fwaction["stored_data"]["_task"] is None


def test_a_torn_firework_fizzles(tmp_path: Path) -> None:
    make_launch(tmp_path, call("answer"))
    (tmp_path / "FW.json").write_text('{"spec"')
    launch(tmp_path)
    assert "FW.json is not whole JSON" in final_of(tmp_path).reason


def test_values_json_cannot_hold_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    final = run_tasks(tmp_path, call("store_odd"), call("answer"))
    stored = final.fwaction["stored_data"]
    assert final.state == "COMPLETED"
    assert stored["kept"] == 1
    assert stored["when"] == "2024-01-01"
    assert stored["thing"].startswith("<object object")
    assert stored["_unserialisable"] == ["stored_data.thing: object cannot be written as JSON"]
    assert final.reason == "stored_data.thing: object cannot be written as JSON"
    assert final.fwaction["update_spec"] == {"x": 2}


def test_the_checkpoint_reaches_the_ping(tmp_path: Path) -> None:
    run_tasks(tmp_path, call("store", kwargs={"a": 1}), call("update", kwargs={"x": 5}), call("answer"))
    assert ping_of(tmp_path).checkpoint == {
        "_task_n": 2,
        "_all_stored_data": {"a": 1},
        "_all_update_spec": {"x": 5},
        "_all_mod_spec": [],
    }


def test_tasks_run_in_the_launch_directory_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("sp ace", "quo'te\"s", "new\nline", "$HOME", "-rf *"):
        folder = make_launch(tmp_path / name, shell("pwd > where"), call("os.getcwd", stored_data_varname="cwd"))
        launch(folder)
        assert final_of(folder).fwaction["stored_data"]["cwd"] == str(folder)
        assert (folder / "where").read_text() == f"{folder}\n"


def test_a_task_that_changes_directory_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    folder = make_launch(tmp_path / "here", call("go_away", "../away"), shell("touch there"))
    launch(folder)
    assert final_of(folder).state == "COMPLETED"
    assert os.listdir(tmp_path / "away") == ["there"]


def test_the_spec_asks_for_ids_and_worker(tmp_path: Path) -> None:
    user = tmp_path / "modules"
    user.mkdir()
    (user / "asking.py").write_text(
        "from longfuse import FiretaskBase, FWAction, explicit_serialize\n"
        "@explicit_serialize\n"
        "class Ask(FiretaskBase):\n"
        "    def run_task(self, fw_spec):\n"
        "        return FWAction(stored_data={'fw_id': self.fw_id, 'pad': self.launchpad.launchpad_id(),\n"
        "                                     'worker': self.fworker.name, 'env': fw_spec['_fw_env']})\n"
    )
    folder = make_launch(
        tmp_path / "here", {"_fw_name": "{{asking.Ask}}"}, _add_launchpad_and_fw_id=True, _add_fworker=True
    )
    launch(folder, env={"PYTHONPATH": f"{user}"})
    assert final_of(folder).fwaction["stored_data"] == {
        "fw_id": 7,
        "pad": "pad",
        "worker": "here",
        "env": {"bin": "/opt/bin"},
    }


def test_user_packages_come_with_the_ticket(tmp_path: Path) -> None:
    package = tmp_path / "modules" / "my_lab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "tasks.py").write_text(
        "from longfuse import FiretaskBase, FWAction\n"
        "class Weigh(FiretaskBase):\n"
        "    _fw_name = 'Weigh It'\n"
        "    def run_task(self, fw_spec):\n"
        "        return FWAction(stored_data={'kg': 3})\n"
    )
    ticket = make_ticket(user_packages=["my_lab"])
    folder = make_launch(tmp_path / "here", {"_fw_name": "Weigh It"}, ticket=ticket)
    launch(folder, env={"PYTHONPATH": str(package.parent)})
    assert final_of(folder).fwaction["stored_data"] == {"kg": 3}


class TestActionFiles:
    def test_a_program_may_answer_by_a_file(self, tmp_path: Path) -> None:
        answer = json.dumps({"stored_data": {"from": "file"}, "mod_spec": {"_inc": {"n": 1}}})
        final = run_tasks(tmp_path, shell(f"echo '{answer}' > FWAction.json"), call("answer", stored_data_varname="b"))
        assert final.fwaction["stored_data"] == {"from": "file", "b": 42}
        assert final.fwaction["mod_spec"] == [{"_inc": {"n": 1}}]
        assert (tmp_path / "FWAction.task_0.json").exists()

    def test_it_answers_for_one_task_only(self, tmp_path: Path) -> None:
        answer = json.dumps({"mod_spec": {"_inc": {"n": 1}}})
        final = run_tasks(tmp_path, shell(f"echo '{answer}' > FWAction.json"), shell("true"), shell("true"))
        assert final.fwaction["mod_spec"] == [{"_inc": {"n": 1}}]

    def test_also_in_yaml_and_in_the_directory_the_task_went_to(self, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        script = "import os; os.chdir('sub'); open('FWAction.yaml', 'w').write('stored_data:\\n  yes: on\\n')"
        final = run_tasks(tmp_path, call("builtins.exec", script, {}))
        assert final.fwaction["stored_data"] == {"yes": "on"}

    def test_a_stale_one_is_set_aside(self, tmp_path: Path) -> None:
        make_launch(tmp_path, call("answer", stored_data_varname="a"))
        (tmp_path / "FWAction.json").write_text('{"stored_data": {"stale": 1}}')
        launch(tmp_path)
        assert final_of(tmp_path).fwaction["stored_data"] == {"a": 42}
        assert (tmp_path / "FWAction.before.json").exists()

    def test_one_of_no_use_fizzles(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, shell("echo nonsense > FWAction.json"))
        assert final.state == "FIZZLED"
        assert "FWAction.json" in final.reason


class TestWhatIsPassedOn:
    def test_job_info_grows_along_the_line(self, tmp_path: Path) -> None:
        earlier = {"fw_id": 1, "name": "first", "launch_dir": "/x", "state": "RUNNING"}
        final = run_tasks(tmp_path, call("answer"), _pass_job_info=True, _job_info=[earlier])
        mine = {"fw_id": 7, "name": "a Firework", "launch_dir": str(tmp_path), "state": "RUNNING"}
        assert final.fwaction["mod_spec"] == [{"_push_all": {"_job_info": [earlier, mine]}}]

    def test_the_worker(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("update", kwargs={"_fworker": "mine"}), _preserve_fworker=True)
        assert final.fwaction["update_spec"] == {"_fworker": "here"}

    def test_files_out_are_the_last_match(self, tmp_path: Path) -> None:
        folder = tmp_path / "a [b] c"
        make_launch(
            folder, shell("touch out.1 out.2 other"), _files_out={"result": "out.*", "missing": "no*", "o": "other"}
        )
        launch(folder)
        assert final_of(folder).fwaction["mod_spec"] == [
            {"_set": {"_files_prev->result": str(folder / "out.2")}},
            {"_set": {"_files_prev->o": str(folder / "other")}},
        ]

    def test_files_in_are_copied_and_unpacked(self, tmp_path: Path) -> None:
        (tmp_path / "plain.txt").write_text("plain")
        (tmp_path / "packed.gz").write_bytes(gzip.compress(b"packed"))
        folder = make_launch(
            tmp_path / "here",
            shell("cat a b > both; gunzip -c c.gz >> both"),
            _files_in={"one": "a", "two": "b", "three": "c.gz", "not from a parent": "d"},
            _files_prev={"one": str(tmp_path / "plain.txt"), "two": str(tmp_path / "packed.gz")}
            | {"three": str(tmp_path / "plain.txt")},
        )
        launch(folder)
        assert (folder / "both").read_text() == "plainpackedplain"

    def test_a_file_that_was_promised_and_is_gone_fizzles(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("answer"), _files_in={"x": "x"}, _files_prev={"x": "/no/such/file"})
        assert final.state == "FIZZLED"
        assert "/no/such/file" in final.reason

    def test_a_failed_firework_passes_on_too(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("fail", "x"), _preserve_fworker=True)
        assert final.fwaction["update_spec"] == {"_fworker": "here"}


class TestRecovery:
    def recovery(self, earlier: Path, **changes: object) -> dict[str, object]:
        return {
            "_task_n": 1,
            "_all_stored_data": {"a": 1},
            "_all_update_spec": {"x": 2},
            "_all_mod_spec": [{"_set": {"deep->y": 3}}],
            "_prev_dir": str(earlier),
            "_launch_id": 1,
            "_mode": "",
            **changes,
        }

    def test_it_goes_on_with_the_data_of_the_earlier_run(self, tmp_path: Path) -> None:
        final = run_tasks(
            tmp_path,
            call("fail", "not again"),
            call("answer", inputs=["x"], stored_data_varname="seen"),
            _recovery=self.recovery(tmp_path),
        )
        assert final.fwaction["stored_data"] == {"a": 1, "seen": 2}
        assert final.fwaction["update_spec"] == {"x": 2}
        assert final.fwaction["mod_spec"] == [{"_set": {"deep->y": 3}}]

    def test_it_may_copy_the_earlier_directory_but_not_its_launch_files(self, tmp_path: Path) -> None:
        earlier = make_launch(tmp_path / "earlier", shell("mkdir sub; echo half > sub/result"), call("fail", "x"))
        launch(earlier)
        later = tmp_path / "later"
        tasks = (call("fail", "not again"), shell("cat sub/result > whole"))
        firework = make_firework(*tasks, _recovery=self.recovery(earlier, _mode="cp"))
        prepare(str(later), firework, make_ticket(2, token="second"))
        launch(later)
        assert final_of(later).state == "COMPLETED"
        assert (later / "whole").read_text() == "half\n"
        assert document(later, "FW_offline.json")["launch_id"] == 2


def test_trackers_are_read_for_pings_and_the_end(tmp_path: Path) -> None:
    final = run_tasks(
        tmp_path,
        shell("for n in 1 2 3 4; do echo line $n; done > log"),
        shell("while ! grep -q 'line 4' FW_ping.json; do sleep 0.01; done; echo line 5 >> log"),
        _trackers=[{"filename": "log", "nlines": 2}, {"filename": "missing", "nlines": 2}],
    )
    assert [tracker.get("content") for tracker in ping_of(tmp_path).trackers] == ["line 3\nline 4", None]
    assert [tracker.get("content") for tracker in final.trackers] == ["line 4\nline 5", None]


class TestBackgroundTasks:
    def test_they_run_again_and_again_and_once_more_at_the_end(self, tmp_path: Path) -> None:
        background = {
            "_fw_name": "BackgroundTask",
            "tasks": [shell("echo beat >> beats")],
            "num_launches": 0,
            "sleep_time": 0.01,
            "run_on_finish": False,
        }
        last = {**background, "tasks": [shell("echo last >> last")], "num_launches": 1, "run_on_finish": True}
        broken = {**background, "tasks": [call("fail", "in the background")], "num_launches": 1}
        wait = shell("while [ ! -e beats ] || [ $(wc -l < beats) -lt 3 ]; do sleep 0.01; done")
        finished = launch(make_launch(tmp_path, wait, _background_tasks=[background, last, broken]))
        assert final_of(tmp_path).state == "COMPLETED"
        assert (tmp_path / "last").read_text() == "last\nlast\n"
        assert "background task PyTask: ValueError: in the background" in finished.stderr

    def test_after_a_failure_nothing_runs_on_finish(self, tmp_path: Path) -> None:
        background = {"_fw_name": "BackgroundTask", "tasks": [shell("echo b >> beats")], "run_on_finish": True}
        wait = shell("while [ ! -e beats ]; do sleep 0.01; done; false")
        launch(make_launch(tmp_path, wait, _background_tasks=[background]))
        assert final_of(tmp_path).state == "FIZZLED"
        assert (tmp_path / "beats").read_text() == "b\n"
