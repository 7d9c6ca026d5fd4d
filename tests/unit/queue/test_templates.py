"""What each key of ``my_qadapter.yaml`` becomes in the scripts of the batch systems that FireWorks knows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from longfuse.errors import ConfigError, SchedulerError
from longfuse.queue.adapter import Answer, adapter_from_identity, ask_token
from longfuse.queue.dialects import SPOKEN
from longfuse.queue.files import adapter_from_dict

TOKEN = "0123456789abcdef0123456789abcdef"
LAST = "# CommonAdapter ({}) completed writing Template"

KEYS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "PBS": [
        ({"mppwidth": 24}, "#PBS -l mppwidth=24"),
        ({"nnodes": 2, "ppnode": 8}, "#PBS -l nodes=2:ppn=8"),
        ({"walltime": "01:00:00"}, "#PBS -l walltime=01:00:00"),
        ({"queue": "q"}, "#PBS -q q"),
        ({"account": "a"}, "#PBS -A a"),
        ({"group_name": "g"}, "#PBS -G g"),
        ({"env": "yes"}, "#PBS -V yes"),
        ({"email": "me@here", "notification_options": "ae"}, "#PBS -M me@here -m ae"),
        ({"pmem": "2gb"}, "#PBS -l pmem=2gb"),
        ({"filesystems": "home:eagle"}, "#PBS -l filesystems=home:eagle"),
        ({"job_name": "x"}, "#PBS -N x"),
        ({}, "#PBS -o FW_job.out"),
        ({}, "#PBS -e FW_job.error"),
        ({}, f"#PBS -v LONGFUSE_TOKEN={TOKEN}"),
        ({"directives": ["l select=1"]}, "#PBS -l select=1"),
        ({"directives": {"-W": "group_list=g", "r": "n"}}, "#PBS -W group_list=g"),
    ],
    "SGE": [
        ({"queue": "q"}, "#$ -q q"),
        ({"account": "a"}, "#$ -A a"),
        ({"walltime": "01:00:00"}, "#$ -l h_rt=01:00:00"),
        ({"h_rt": "01:00:00"}, "#$ -l h_rt=01:00:00"),
        ({"job_name": "2x"}, "#$ -N j2x"),
        ({}, "#$ -o FW_job.out"),
        ({}, "#$ -e FW_job.error"),
        ({}, "#$ -cwd"),
        ({}, f"#$ -ac longfuse={TOKEN}"),
        ({"directives": ["-pe smp 4"]}, "#$ -pe smp 4"),
    ],
    "LoadSharingFacility": [
        ({"ntasks": 4}, "#BSUB -n 4"),
        ({"walltime": "1:00"}, "#BSUB -W 1:00"),
        ({"queue": "q"}, "#BSUB -q q"),
        ({"job_name": "x"}, "#BSUB -J x"),
        ({"job_name": "x"}, "#BSUB -o x-%J.out"),
        ({"job_name": "x"}, "#BSUB -e x-%J.error"),
        ({}, f'#BSUB -Jd "longfuse:{TOKEN}"'),
        ({"comment": "mine"}, f'#BSUB -Jd "mine;longfuse:{TOKEN}"'),
    ],
    "LoadLeveler": [
        ({}, "# @ shell = /bin/bash"),
        ({"queue": "q"}, "# @ class = q"),
        ({"account": "a"}, "# @ account_no = a"),
        ({"job_type": "parallel"}, "# @ job_type = parallel"),
        ({"node_usage": "not_shared"}, "# @ node_usage = not_shared"),
        ({"nnodes": 2}, "# @ node = 2"),
        ({"ppnode": 8}, "# @ tasks_per_node = 8"),
        ({"resources": "ConsumableCpus(1)"}, "# @ resources = ConsumableCpus(1)"),
        ({"walltime": "01:00:00"}, "# @ wall_clock_limit = 01:00:00"),
        ({"notification": "never"}, "# @ notification = never"),
        ({"job_name": "x"}, "# @ job_name = x"),
        ({}, "# @ queue"),
        ({}, f"# @ comment = longfuse:{TOKEN}"),
        ({"directives": {"island_count": 1}}, "# @ island_count = 1"),
    ],
    "Cobalt": [
        ({"nnodes": 2}, "#COBALT -n 2"),
        ({"walltime": 60}, "#COBALT -t 60"),
        ({"queue": "q"}, "#COBALT -q q"),
        ({"account": "a"}, "#COBALT -A a"),
        ({"job_name": "x"}, "#COBALT --jobname x"),
        ({}, "#COBALT -o FW_job.out"),
        ({}, "#COBALT -e FW_job.error"),
        ({}, f"#COBALT --env LONGFUSE_TOKEN={TOKEN}"),
    ],
    "MOAB": [
        ({"nodes": 2, "ppn": 8}, "#MSUB -l nodes=2:ppn=8"),
        ({"walltime": "01:00:00"}, "#MSUB -l walltime=01:00:00"),
        ({"stdout_stderr": "oe"}, "#MSUB -j oe"),
        ({"queue": "q"}, "#MSUB -q q"),
        ({"account": "a"}, "#MSUB -A a"),
        ({"job_name": "x"}, "#MSUB -N x"),
    ],
}
CASES = [(q_type, keys, line) for q_type, cases in KEYS.items() for keys, line in cases]


def script(folder: Path, q_type: str, **keys: Any) -> str:
    content = {"_fw_q_type": q_type, "rocket_launch": "rlaunch singleshot", **keys}
    return adapter_from_dict(content, "my_qadapter.yaml", folder, {}).render("/scratch/a launch", TOKEN)


@pytest.mark.parametrize(("q_type", "keys", "line"), CASES)
def test_a_key_becomes_its_line(tmp_path: Path, q_type: str, keys: dict[str, Any], line: str) -> None:
    assert line in script(tmp_path, q_type, **keys).splitlines()


@pytest.mark.parametrize("q_type", list(KEYS))
def test_a_line_without_its_value_is_left_out_and_no_other(tmp_path: Path, q_type: str) -> None:
    text = script(tmp_path, q_type, pre_rocket="echo $$ before", post_rocket="echo after")
    assert "$${" not in text
    assert "=\n" not in text
    commands = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert commands == ["echo $$ before", "cd '/scratch/a launch'", "rlaunch singleshot", "echo after"]
    assert (LAST.format(q_type) in text) == (q_type != "MOAB")


@pytest.mark.parametrize("q_type", list(KEYS))
def test_a_script_is_one_that_the_shell_understands(tmp_path: Path, q_type: str) -> None:
    text = script(tmp_path, q_type, pre_rocket="module load x", queue="q", walltime="01:00:00")
    assert text.startswith("#!/bin/bash\n")
    subprocess.run([shutil.which("bash") or "bash", "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize("q_type", list(KEYS))
def test_fireworks_own_templates_keep_working(tmp_path: Path, q_type: str) -> None:
    """No Jinja, no place for a token; braces and dollars of the user's own stay."""
    text = (
        "#!/bin/sh\n#X -q $${queue}\n#X -l gone=$${gone}\nawk '{print $1}' ${HOME} $$name_of_mine\n$${rocket_launch}\n"
    )
    (tmp_path / "mine.txt").write_text(text)
    keys = {"queue": "q", "name_of_mine": "here"}
    made = script(tmp_path, q_type, _fw_template_file="mine.txt", **keys)
    assert made == "#!/bin/sh\n#X -q q\nawk '{print $1}' ${HOME} here\nrlaunch singleshot\n"


@pytest.mark.parametrize(
    ("q_type", "option"),
    [("PBS", "-v A=1"), ("SGE", "-ac a=1"), ("LoadSharingFacility", "-Jd mine"), ("LoadLeveler", "comment = mine")],
)
def test_an_own_option_in_the_tokens_place_means_that_there_is_no_token(
    tmp_path: Path, q_type: str, option: str
) -> None:
    content = {"_fw_q_type": q_type, "rocket_launch": "rlaunch singleshot"}
    assert adapter_from_dict(content, "f", tmp_path, {}).carries_token
    without = adapter_from_dict({**content, "directives": [option]}, "f", tmp_path, {})
    assert not without.carries_token
    with pytest.raises(SchedulerError, match="carries no comment of ours"):
        ask_token(adapter_from_identity(without.identity()), TOKEN, lambda _: Answer(0))


def test_nobody_sets_the_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key `token`"):
        script(tmp_path, "PBS", token="mine")


@pytest.mark.parametrize(
    ("given", "q_type"),
    [
        ("slurm", "SLURM"),
        ("pbs", "PBS"),
        ("Torque", "PBS"),
        ("PBSPro", "PBS"),
        ("sge", "SGE"),
        ("GridEngine", "SGE"),
        ("LSF", "LoadSharingFacility"),
        ("IBMSpectrumLSF", "LoadSharingFacility"),
        ("loadleveler", "LoadLeveler"),
        ("COBALT", "Cobalt"),
        ("Moab", "MOAB"),
    ],
)
def test_other_spellings_of_a_batch_system(tmp_path: Path, given: str, q_type: str) -> None:
    adapter = adapter_from_dict({"_fw_q_type": given, "rocket_launch": "rlaunch"}, "f", tmp_path, {})
    assert adapter.dialect.q_type == q_type
    assert adapter.identity()["q_type"] in SPOKEN
