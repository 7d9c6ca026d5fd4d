"""``my_qadapter.yaml``: what it may hold, and the script that comes of it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.errors import ConfigError
from longfuse.queue.adapter import COMMENT_PREFIX, adapter_from_identity
from longfuse.queue.files import adapter_from_dict, read_adapter
from longfuse.queue.local import Local

if TYPE_CHECKING:
    from pathlib import Path

    from longfuse.queue.adapter import QueueAdapter

SLURM = {"_fw_name": "CommonAdapter", "_fw_q_type": "SLURM", "rocket_launch": "rlaunch singleshot"}
LOCAL = {**SLURM, "_fw_q_type": "local"}

DIRECTIVES = {
    "nodes": "--nodes",
    "ntasks": "--ntasks",
    "ntasks_per_node": "--ntasks-per-node",
    "ntasks_per_core": "--ntasks-per-core",
    "core_spec": "--core-spec",
    "exclude_nodes": "--exclude",
    "exclude": "--exclude",
    "cpus_per_task": "--cpus-per-task",
    "gpus_per_task": "--gpus-per-task",
    "gpus_per_node": "--gpus-per-node",
    "gres": "--gres",
    "gpus": "--gpus",
    "gpu-bind": "--gpu-bind",
    "gpu_bind": "--gpu-bind",
    "qos": "--qos",
    "walltime": "--time",
    "time": "--time",
    "time_min": "--time-min",
    "queue": "--partition",
    "partition": "--partition",
    "account": "--account",
    "license": "--license",
    "constraint": "--constraint",
    "signal": "--signal",
    "mem": "--mem",
    "mem_per_cpu": "--mem-per-cpu",
    "mail_type": "--mail-type",
    "mail_user": "--mail-user",
    "image": "--image",
    "volume": "--volume",
    "job_name": "--job-name",
}


def made(tmp_path: Path, **keys: Any) -> QueueAdapter:
    return adapter_from_dict({**SLURM, **keys}, "my_qadapter.yaml", tmp_path, {})


def script(tmp_path: Path, **keys: Any) -> list[str]:
    return made(tmp_path, **keys).render("/launch").splitlines()


def written(tmp_path: Path, text: str) -> QueueAdapter:
    path = tmp_path / "my_qadapter.yaml"
    path.write_text(text)
    return read_adapter(path)


# --- the script
@pytest.mark.parametrize(("key", "option"), DIRECTIVES.items())
def test_every_variable_becomes_its_directive(tmp_path: Path, key: str, option: str) -> None:
    assert f"#SBATCH {option}=v1" in script(tmp_path, **{key: "v1"})


def test_what_is_not_set_is_not_in_the_script(tmp_path: Path) -> None:
    directives = [line for line in script(tmp_path, nodes=None, walltime="") if line.startswith("#SBATCH")]
    assert directives == [
        "#SBATCH --job-name=FW_job",
        "#SBATCH --output=FW_job-%j.out",
        "#SBATCH --error=FW_job-%j.error",
    ]


def test_the_whole_script(tmp_path: Path) -> None:
    text = made(
        tmp_path,
        rocket_launch="rlaunch singleshot --offline",
        pre_rocket="module load python\nexport ME=$$\n",
        post_rocket="echo over",
        partition="batch",
        walltime="00:10:00",
        job_name="My job (1)",
    ).render("/home/it's me/launcher", "ab12")
    assert text == (
        "#!/bin/bash -l\n"
        "\n"
        "#SBATCH --time=00:10:00\n"
        "#SBATCH --partition=batch\n"
        "#SBATCH --job-name=My_job_(1)\n"
        "#SBATCH --output=My_job_(1)-%j.out\n"
        "#SBATCH --error=My_job_(1)-%j.error\n"
        "#SBATCH --comment=longfuse:ab12\n"
        "\n"
        "module load python\n"
        "export ME=$$\n"
        "\n"
        "cd '/home/it'\"'\"'s me/launcher'\n"
        "rlaunch singleshot --offline\n"
        "echo over\n"
        "\n"
        "# CommonAdapter (SLURM) completed writing Template\n"
    )


def test_the_script_goes_to_its_directory(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s "here"\n$HOME `x`'
    folder.mkdir()
    text = adapter_from_dict({**LOCAL, "rocket_launch": "pwd -P"}, "a", tmp_path, {}).render(str(folder))
    done = subprocess.run(["/bin/bash"], input=text, capture_output=True, text=True, check=True)
    assert done.stdout == f"{folder}\n"


def test_lines_may_be_a_list(tmp_path: Path) -> None:
    lines = script(tmp_path, pre_rocket=["module load a", "module load b"], mail_type=["END", "FAIL"])
    assert lines[lines.index("module load a") + 1] == "module load b"
    assert "#SBATCH --mail-type=END,FAIL" in lines


def test_a_times_colons_make_no_number(tmp_path: Path) -> None:
    adapter = written(tmp_path, "_fw_q_type: SLURM\nrocket_launch: rlaunch singleshot\nwalltime: 01:30:00\n")
    assert "#SBATCH --time=01:30:00" in adapter.render("/x")


@pytest.mark.parametrize(
    "directives",
    [
        ["--exclusive", "--reservation=friday"],
        ["exclusive", "reservation=friday"],
        "--exclusive\n--reservation=friday\n",
        {"exclusive": None, "reservation": "friday"},
        {"exclusive": True, "reservation": "friday", "overcommit": False},
        ["#SBATCH --exclusive", "#SBATCH --reservation=friday"],
    ],
)
def test_further_directives(tmp_path: Path, directives: Any) -> None:
    lines = script(tmp_path, directives=directives)
    first = lines.index("#SBATCH --exclusive")
    assert lines[first + 1] == "#SBATCH --reservation=friday"
    assert not any("overcommit" in line for line in lines)


# --- the comment
def test_a_comment_of_the_users_own_stays_beside_the_token(tmp_path: Path) -> None:
    adapter = made(tmp_path, comment="my words")
    assert f"#SBATCH --comment=my_words;{COMMENT_PREFIX}ab12" in adapter.render("/x", "ab12").splitlines()
    assert "#SBATCH --comment=my_words" in adapter.render("/x").splitlines()
    assert adapter.carries_token


def test_without_a_comment_a_job_cannot_be_looked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("#!/bin/sh\n$${rocket_launch}\n")
    assert not made(tmp_path, _fw_template_file="mine.txt").carries_token
    assert not made(tmp_path, directives=["--comment=other"]).carries_token


# --- the file
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"ntask": 4}, "unknown key `ntask`; did you mean `ntasks`?"),
        ({"partiton": "x"}, "did you mean `partition`?"),
        ({"prerocket": "x"}, "did you mean `pre_rocket`?"),
        ({"zzz": 1}, "any other directive of the batch system goes into the list `directives`"),
        ({"queue": "a", "partition": "b"}, "`partition` and another key both set queue"),
        ({"_fw_qtype": "x"}, "unknown key `_fw_qtype`"),
        ({"_fw_name": "PBSAdapter (NEWT)"}, "_fw_name must be CommonAdapter"),
        ({"_fw_q_type": "Slum"}, "did you mean SLURM?"),
        ({"_fw_q_type": "LoadSharing"}, "did you mean LoadSharingFacility?"),
        ({"_fw_template_file": "none.txt"}, "none.txt, which does not exist"),
        ({"_fw_timeout": "soon"}, "_fw_timeout must be a number of seconds, not 'soon'"),
        ({"_q_commands_override": "sbatch"}, "_q_commands_override must hold"),
        ({"_q_commands_override": {"submit": "sbatch"}}, "_q_commands_override must hold"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as error:
        made(tmp_path, **keys)
    assert words in str(error.value)
    assert str(error.value).startswith("my_qadapter.yaml") or "_fw_q_type" in keys


def test_a_key_without_a_value_conflicts_with_nothing(tmp_path: Path) -> None:
    assert "#SBATCH --partition=batch" in script(tmp_path, queue=None, partition="batch")
    assert "#SBATCH --partition=batch" in script(tmp_path, partition="batch", queue=None)
    assert "#SBATCH --partition=batch" in script(tmp_path, partition="batch", queue="batch")


def test_the_batch_system_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lacks `_fw_q_type`; it is one of SLURM, PBS, "):
        written(tmp_path, "rocket_launch: rlaunch singleshot\n")


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "text", "", "\x00"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as error:
        written(tmp_path, text)
    assert "my_qadapter.yaml" in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file or directory"):
        read_adapter(tmp_path / "none.yaml")


def test_a_template_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("#!/bin/zsh\n#SBATCH --wckey=$${wckey}\ncd $${launch_dir}; $${rocket_launch}\n")
    text = "_fw_q_type: SLURM\nrocket_launch: rlaunch singleshot\nwckey: k7\n_fw_template_file: mine.txt\n"
    assert written(tmp_path, text).render("/x") == "#!/bin/zsh\n#SBATCH --wckey=k7\ncd /x; rlaunch singleshot\n"


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot read the template"):
        made(tmp_path, _fw_template_file="mine.txt")


def test_other_commands(tmp_path: Path) -> None:
    override = {"submit_cmd": "/opt/bin/sbatch --parsable", "status_cmd": "my squeue"}
    adapter = made(tmp_path, _q_commands_override=override, _fw_timeout=7, queue="batch")
    command = adapter.submit_command("s", "/x")
    assert command.argv == ("/opt/bin/sbatch", "--parsable", "s")
    assert command.cwd == "/x"
    assert adapter.dialect.count_argv(adapter.status_cmd, "me", adapter.queue)[:2] == ("my", "squeue")
    assert adapter.timeout_s == 7


# --- a Firework's own wishes
def test_a_firework_changes_and_takes_away(tmp_path: Path) -> None:
    adapter = made(tmp_path, queue="batch", nodes=1, qos="low")
    wished = adapter.with_parameters({"nodes": 4, "partition": "big", "qos": None, "_fw_name": "CommonAdapter"}, "spec")
    lines = wished.render("/x").splitlines()
    assert {"#SBATCH --nodes=4", "#SBATCH --partition=big"} < set(lines)
    assert not any("qos" in line for line in lines)
    assert "#SBATCH --nodes=1" in adapter.render("/x")


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"node": 4}, "spec._queueadapter of Firework 3: unknown key `node`; did you mean `nodes`?"),
        ({"_fw_template_file": "x"}, "`_fw_template_file` is for the queue adapter file"),
    ],
)
def test_a_fireworks_wrong_wish_is_named(tmp_path: Path, wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as error:
        made(tmp_path).with_parameters(wishes, "spec._queueadapter of Firework 3")
    assert words in str(error.value)


# --- who asks later
def test_slurm_is_asked_again_with_the_same_commands(tmp_path: Path) -> None:
    identity = made(tmp_path, _q_commands_override={"status_cmd": "squeue -M big"}).identity()
    assert identity == {"q_type": "SLURM", "status_cmd": "squeue -M big"}
    assert adapter_from_identity(identity).status_cmd == "squeue -M big"


@pytest.mark.parametrize(
    ("keys", "environ", "expected"),
    [
        ({"_fw_spool": "queue"}, {}, "{folder}/queue"),
        ({"_fw_spool": "/var/q"}, {"LONGFUSE_LOCAL_QUEUE": "/other"}, "/var/q"),
        ({}, {"LONGFUSE_LOCAL_QUEUE": "/other"}, "/other"),
    ],
)
def test_the_local_queues_folder_is_settled_at_submission(
    tmp_path: Path, keys: dict[str, Any], environ: dict[str, str], expected: str
) -> None:
    adapter = adapter_from_dict({**LOCAL, **keys}, "a", tmp_path, environ)
    again = adapter_from_identity(adapter.identity())
    assert again.dialect == adapter.dialect == Local(spool=expected.format(folder=tmp_path))
