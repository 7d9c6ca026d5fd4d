"""Whatever a task or a scheduler does to the processes, the launch files tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests import services
from tests.launching import (
    Finished,
    call,
    document,
    environment,
    final_of,
    launch,
    make_launch,
    make_ticket,
    ping_of,
    run_tasks,
    shell,
    start,
    wait_for_file,
    wait_until,
)

from longfuse.launchdir import process
from longfuse.launchdir.files import write_json
from longfuse.launchdir.observe import observe

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "import sys; from longfuse.cli.rlaunch import main; sys.exit(main())"
SLEEP_UNTIL_KILLED = shell("touch ready; exec sleep 600")


def kill_claimed(folder: Path, who: str, number: int = signal.SIGKILL) -> None:
    """Send a signal to the supervising (``pid``) or the task process (``task_pid``) of the first attempt."""
    os.kill(document(folder, "FW_attempt_1.json")[who], number)


def start_silent(folder: Path) -> subprocess.Popen[str]:
    """Without pipes, which a task process that outlives the watcher would keep open."""
    return start(folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_program(folder: Path, program: str, *words: str) -> subprocess.Popen[str]:
    """A Python program of our own instead of ``rlaunch``."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )


class TestTasksThatEndTheirProcess:
    def test_os_exit(self, tmp_path: Path) -> None:
        finished = launch(make_launch(tmp_path, call("store", kwargs={"a": 1}), call("leave", 0)))
        final = final_of(tmp_path)
        assert final.state == "FIZZLED"
        assert final.reason == (
            "the task process ended itself with exit code 0, without a result; task 2 (PyTask) was running"
        )
        assert final.checkpoint["_all_stored_data"] == {"a": 1}
        assert final.fwaction["stored_data"]["_task"]["func"] == "lf_user_tasks.leave"
        assert final.fwaction["stored_data"]["_exception"]["_stacktrace"] == final.reason
        assert "said before leaving" in finished.stdout
        assert final.reason in finished.stderr
        assert finished.code == 1

    def test_a_segmentation_fault(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("crash"))
        assert (final.state, final.signal) == ("FIZZLED", "SIGSEGV")
        assert final.reason == "SIGSEGV ended the task process; task 1 (PyTask) was running"

    def test_the_out_of_memory_killer(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("kill_self", int(signal.SIGKILL)))
        assert final.signal == "SIGKILL"
        assert "out-of-memory" in final.reason

    def test_closing_every_descriptor_does_not_cost_the_result(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("close_everything"), call("store", kwargs={"a": 1}))
        assert final.state == "COMPLETED"
        assert final.fwaction["stored_data"] == {"a": 1}

    def test_a_forked_child_that_runs_on_has_no_voice(self, tmp_path: Path) -> None:
        final = run_tasks(tmp_path, call("fork_and_raise"), call("store", kwargs={"a": 1}))
        assert final.state == "COMPLETED"

    def test_exit_handlers_of_tasks_run(self, tmp_path: Path) -> None:
        run_tasks(tmp_path, call("at_exit_write", "handled"))
        assert (tmp_path / "handled").read_text() == "written at exit\n"

    def test_what_tasks_print_comes_out_once(self, tmp_path: Path) -> None:
        finished = launch(make_launch(tmp_path, call("builtins.print", "from python"), shell("echo from the shell")))
        assert finished.stdout == "from python\nfrom the shell\n"


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU, signal.SIGHUP])
    def test_a_signal_writes_the_final_record(self, tmp_path: Path, number: signal.Signals) -> None:
        running = start(make_launch(tmp_path, call("store", kwargs={"a": 1}), SLEEP_UNTIL_KILLED))
        wait_for_file(tmp_path / "ready")
        running.send_signal(number)
        finished = Finished(running)
        final = final_of(tmp_path)
        assert (final.state, final.signal) == ("FIZZLED", number.name)
        assert final.reason == (f"the batch system or a person sent {number.name}; task 2 (ScriptTask) was running")
        assert final.checkpoint["_all_stored_data"] == {"a": 1}
        assert finished.code == 128 + number
        assert final.reason in finished.stderr

    def test_all_that_the_tasks_started_ends_too(self, tmp_path: Path) -> None:
        running = start(make_launch(tmp_path, shell("sleep 600 & echo $! > ready; wait")))
        wait_until(lambda: (tmp_path / "ready").exists() and (tmp_path / "ready").read_text() != "", "it runs")
        sleeper = int((tmp_path / "ready").read_text())
        born = process.birth(sleeper)
        running.terminate()
        Finished(running)
        wait_until(lambda: not process.is_alive(sleeper, born), "the sleeper is gone")

    def test_the_record_does_not_wait_for_tasks_that_do_not_end(self, tmp_path: Path) -> None:
        folder = make_launch(tmp_path, call("ignore_sigterm_and_sleep"))
        running = start_program(folder, "from longfuse.rocket.rocket import run; run('.', grace_s=1)")
        wait_for_file(tmp_path / "ready")
        task = document(tmp_path, "FW_attempt_1.json")
        running.terminate()
        wait_for_file(tmp_path / "FW_action.json")
        assert process.is_alive(task["task_pid"], task["task_born"])
        assert running.wait(60) == 0
        assert not process.is_alive(task["task_pid"], task["task_born"])

    def test_the_whole_job_signalled_as_schedulers_do(self, tmp_path: Path) -> None:
        running = start(make_launch(tmp_path, shell("touch ready; sleep 600")))
        wait_for_file(tmp_path / "ready")
        task = document(tmp_path, "FW_attempt_1.json")["task_pid"]
        os.killpg(task, signal.SIGTERM)
        running.terminate()
        Finished(running)
        final = final_of(tmp_path)
        assert (final.state, final.signal) == ("FIZZLED", "SIGTERM")

    def test_a_signal_that_was_ignored_before_stays_ignored(self, tmp_path: Path) -> None:
        folder = make_launch(tmp_path, shell("touch ready; while [ ! -e go ]; do sleep 0.01; done"))
        program = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {MAIN}"
        running = start_program(folder, program, "singleshot", "--offline")
        wait_for_file(tmp_path / "ready")
        running.send_signal(signal.SIGHUP)
        (tmp_path / "go").touch()
        assert running.wait(60) == 0
        assert final_of(tmp_path).state == "COMPLETED"

    def test_a_result_that_stands_is_not_spoilt_by_a_late_signal(self, tmp_path: Path) -> None:
        folder = make_launch(tmp_path, call("at_exit_write", "handled"), call("atexit.register", inputs=[]))
        folder = make_launch(
            tmp_path, call("builtins.exec", "import atexit, time; atexit.register(time.sleep, 600)", {})
        )
        running = start(folder)
        wait_for_file(tmp_path / "FW_action.json")
        running.terminate()
        assert Finished(running).code == 128 + signal.SIGTERM
        assert final_of(tmp_path).state == "COMPLETED"


class TestHeartbeat:
    def test_it_beats_while_a_task_is_busy(self, tmp_path: Path) -> None:
        ticket = make_ticket(ping_interval_s=0.05)
        # Python's own loop holds the interpreter's lock nearly all the time.
        busy = call("builtins.exec", "import os\nwhile not os.path.exists('go'): pass", {})
        running = start(make_launch(tmp_path, busy, ticket=ticket))
        wait_for_file(tmp_path / "FW_ping.json")
        seen = {ping_of(tmp_path).ping_time}

        def beats() -> bool:
            seen.add(ping_of(tmp_path).ping_time)
            return len(seen) >= 5

        wait_until(beats, "five heartbeats")
        (tmp_path / "go").touch()
        assert Finished(running).code == 0
        ping = ping_of(tmp_path)
        assert (ping.attempt, ping.pid) == (1, running.pid)
        assert ping.started_on == final_of(tmp_path).started_on

    def test_a_directory_given_to_another_launch_is_left_alone(self, tmp_path: Path) -> None:
        running = start(make_launch(tmp_path, shell("touch ready; while [ ! -e go ]; do sleep 0.01; done")))
        wait_for_file(tmp_path / "ready")
        make_launch(tmp_path, call("answer"), ticket=make_ticket(2, token="second"))
        (tmp_path / "go").touch()
        Finished(running)
        assert not (tmp_path / "FW_action.json").exists()
        earlier, later = observe(str(tmp_path), 1), observe(str(tmp_path), 2)
        assert earlier is not None
        assert earlier.final is not None
        assert later is not None
        assert (later.ping, later.final) == (None, None)


class TestKills:
    def test_the_task_process_outlives_its_watcher_and_writes_the_result(self, tmp_path: Path) -> None:
        script = "touch ready; while [ ! -e go ]; do sleep 0.01; done"
        running = start_silent(make_launch(tmp_path, shell(script), call("store", kwargs={"a": 1})))
        wait_for_file(tmp_path / "ready")
        kill_claimed(tmp_path, "pid")
        running.wait()
        refused = launch(tmp_path)
        assert refused.code == 3
        assert "is running" in refused.stderr
        (tmp_path / "go").touch()
        wait_for_file(tmp_path / "FW_action.json")
        final = final_of(tmp_path)
        assert (final.state, final.attempt) == ("COMPLETED", 1)
        assert final.fwaction["stored_data"]["a"] == 1
        again = launch(tmp_path)
        assert again.code == 0
        assert "has ended as COMPLETED" in again.stderr

    def test_a_result_said_but_not_yet_written_survives_the_watcher(self, tmp_path: Path) -> None:
        script = "touch ready; while [ ! -e go ]; do sleep 0.01; done"
        running = start_silent(make_launch(tmp_path, shell(script)))
        wait_for_file(tmp_path / "ready")
        kill_claimed(tmp_path, "pid", signal.SIGSTOP)
        (tmp_path / "go").touch()
        task = document(tmp_path, "FW_attempt_1.json")["task_pid"]
        wait_until(lambda: waits_in_read(task), "it waits for the answer")
        kill_claimed(tmp_path, "pid", signal.SIGKILL)
        wait_for_file(tmp_path / "FW_action.json")
        assert final_of(tmp_path).state == "COMPLETED"
        running.wait()

    def test_both_killed_is_a_new_attempt(self, tmp_path: Path) -> None:
        running = start_silent(make_launch(tmp_path, shell("echo run >> runs; [ -e go ] || exec sleep 600")))
        wait_for_file(tmp_path / "runs")
        kill_claimed(tmp_path, "pid", signal.SIGSTOP)
        kill_claimed(tmp_path, "task_pid")
        kill_claimed(tmp_path, "pid")
        running.wait()
        os.killpg(document(tmp_path, "FW_attempt_1.json")["task_pid"], signal.SIGKILL)  # what the task had started
        (tmp_path / "go").touch()
        launch(tmp_path)
        assert (tmp_path / "runs").read_text() == "run\nrun\n"
        assert (final_of(tmp_path).state, final_of(tmp_path).attempt) == ("COMPLETED", 2)

    def test_a_superseded_attempt_ends_its_tasks_and_writes_nothing(self, tmp_path: Path) -> None:
        running = start(make_launch(tmp_path, SLEEP_UNTIL_KILLED, ticket=make_ticket(ping_interval_s=0.05)))
        wait_for_file(tmp_path / "ready")
        claim = document(tmp_path, "FW_attempt_1.json")
        write_json(str(tmp_path / "FW_attempt_2.json"), claim | {"attempt": 2})
        finished = Finished(running)
        assert finished.code == 4
        assert "attempt 2 has taken this launch over" in finished.stderr
        assert not (tmp_path / "FW_action.json").exists()
        assert not process.is_alive(claim["task_pid"], claim["task_born"])

    def test_a_requeued_job_is_a_new_attempt_although_the_old_one_looks_alive(self, tmp_path: Path) -> None:
        make_launch(tmp_path, call("answer"))
        claim = {
            "protocol": 1,
            "launch_id": 1,
            "token": make_ticket().token,
            "attempt": 1,
            "host": "dead",
            "machine": "dead",
            "pid": 1,
            "born": "1",
            "task_pid": 1,
            "task_born": "1",
            "job_id": "77",
            "restart": 0,
            "started_on": "s",
            "ping_interval_s": 300,
        }
        write_json(str(tmp_path / "FW_attempt_1.json"), claim)
        assert launch(tmp_path, env={"SLURM_JOB_ID": "78"}).code == 3
        assert launch(tmp_path, env={"SLURM_JOB_ID": "77"}).code == 3
        assert launch(tmp_path, env={"SLURM_JOB_ID": "77", "SLURM_RESTART_COUNT": "1"}).code == 0
        assert final_of(tmp_path).attempt == 2
        assert ping_of(tmp_path).job_id == "77"


class TestDoubleStart:
    def test_the_body_runs_once(self, tmp_path: Path) -> None:
        make_launch(tmp_path, shell("echo run >> runs; while [ ! -e go ]; do sleep 0.01; done"))
        starts = [start(tmp_path) for _ in range(4)]
        wait_until(lambda: sum(each.poll() is not None for each in starts) == 3, "three were refused")
        (tmp_path / "go").touch()
        codes = sorted(Finished(each).code for each in starts)
        assert codes == [0, 3, 3, 3]
        assert (tmp_path / "runs").read_text() == "run\n"
        assert final_of(tmp_path).attempt == 1


class TestFullDisk:
    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Path:
        """A file system of 64 kB, mounted in a namespace that only `inside` sees."""
        if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
            services.missing("the right to mount a file system", "run the tests as root")
        return tmp_path / "disk"

    def test_the_result_waits_for_room(self, small_disk: Path) -> None:
        small_disk.mkdir()
        prepared = make_launch(small_disk.parent / "prepared", shell("cat /dev/zero > filler 2> /dev/null; : > full"))
        script = f"""
            mount -t tmpfs -o size=96k none {small_disk} && cd {small_disk} && cp {prepared}/* . || exit 9
            {sys.executable} -c '{MAIN}' singleshot --offline &
            while [ ! -e full ]; do sleep 0.01; done
            sleep 0.5; [ -e FW_action.json ] && echo written early
            rm filler; wait $!; echo code $?; cat FW_action.json
        """
        finished = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert "written early" not in finished.stdout
        assert "code 0" in finished.stdout, finished.stderr
        assert '"state": "COMPLETED"' in finished.stdout


def waits_in_read(pid: int) -> bool:
    """Whether a process waits in the system call ``read``; the shell that runs for it would be in ``wait4``."""
    with open(f"/proc/{pid}/syscall") as file:
        return file.read().split()[0] == READ


READ = {"x86_64": "0", "aarch64": "63"}[os.uname().machine]
