"""Job arrays, as text."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.queue.array import Element, carries, consecutive, element_token, index_of, ranges, spelled_out, stem_of
from longfuse.queue.files import adapter_from_dict
from longfuse.queue.slurm import ARRAYS, Slurm

if TYPE_CHECKING:
    from longfuse.queue.adapter import QueueAdapter

STEM = "0123456789abcdef0123456789"
ROCKET = 'rlaunch singleshot --offline --fw_id "$LONGFUSE_FW_ID"'


def adapter(**keys: Any) -> QueueAdapter:
    return adapter_from_dict({"_fw_q_type": "SLURM", "rocket_launch": ROCKET, **keys}, "my_qadapter.yaml", Path())


def text_of(**keys: Any) -> str:
    text = adapter(**keys).render_array(STEM)
    assert text is not None
    return text


def test_tokens_of_one_array() -> None:
    token = element_token(STEM, 300)
    assert (len(token), stem_of(token), index_of(token)) == (32, STEM, 300)
    assert carries(STEM, "300", token)
    assert not carries(STEM, "30", token)
    assert not carries(STEM[:-1] + "a", "300", token)
    assert not carries("", "300", "")


@pytest.mark.parametrize(
    ("indices", "written"), [([3, 1, 2], "1-3"), ([1], "1"), ([1, 2, 5, 9, 8], "1-2,5,8-9"), ([], "")]
)
def test_ranges(indices: list[int], written: str) -> None:
    assert ranges(indices) == written
    assert spelled_out(written) == sorted(indices)
    assert [n for run in consecutive(indices) for n in run] == sorted(indices)


@pytest.mark.parametrize(
    ("written", "indices"),
    [("[4-6]", [4, 5, 6]), ("[1,4-5%2]", [1, 4, 5]), ("1-7:3", [1, 4, 7]), ("1,3,...", []), ("", []), ("x", [])],
)
def test_what_batch_systems_write(written: str, indices: list[int]) -> None:
    assert spelled_out(written) == indices


def test_output_goes_to_the_directory_of_the_element() -> None:
    script = ARRAYS.script(text_of(job_name="calc"), [Element(1, "/a", 5), Element(2, "/b", 6)])
    lines = script.splitlines()
    assert lines[:2] == ["#!/bin/bash -l", "#SBATCH --array=1-2"]
    assert "#SBATCH --output=%a/calc-%j.out" in lines
    assert "#SBATCH --error=%a/calc-%j.error" in lines
    assert f"#SBATCH --comment=longfuse:{STEM}" in lines
    mine = ARRAYS.script(text_of(directives=["output=/scratch/%j", "-e log"]), [Element(1, "/a", 5)]).splitlines()
    assert "#SBATCH --output=/scratch/%j" in mine
    assert "#SBATCH -e %a/log" in mine
    assert "#SBATCH --array=1" in mine


def test_a_script_that_names_no_output() -> None:
    script = ARRAYS.script("#!/bin/sh\n\ntrue\n", [Element(1, "/a", 5)])
    assert script.startswith("#!/bin/sh\n#SBATCH --array=1\n#SBATCH --output=%a/slurm-%j.out\n")


@pytest.mark.parametrize(
    "text",
    [
        '#!/bin/sh\n#SBATCH --chdir="$LONGFUSE_LAUNCH_DIR"\ntrue\n',
        "#!/bin/sh\n#SBATCH --array=1-3\ntrue\n",
        "#!/bin/sh\n#SBATCH --mem=1G -a 4\ntrue\n",
        "#!/bin/csh\ntrue\n",
        "#!/usr/bin/env python3\n",
    ],
)
def test_what_cannot_be_an_array(text: str) -> None:
    assert not ARRAYS.fits(text)


@pytest.mark.parametrize("first", ["#!/bin/sh", "#!/bin/bash -l", "#! /usr/bin/env bash"])
def test_what_can(first: str) -> None:
    assert ARRAYS.fits(f"{first}\n#SBATCH --account=me\ntrue\n")


def test_without_a_token_there_is_no_array() -> None:
    assert adapter(directives=["comment=mine"]).render_array(STEM) is None


def test_each_element_runs_in_its_own_directory(tmp_path: Path) -> None:
    """With any POSIX shell, whatever the directories are called."""
    folders = [tmp_path / name for name in ("plain", "with space", 'it\'s "quoted" $HOME', "line\nbreak")]
    for folder in folders:
        folder.mkdir()
    text = '#!/bin/sh\n#SBATCH --time=1\n\npwd > before\ncd "$LONGFUSE_LAUNCH_DIR"\necho $LONGFUSE_FW_ID > fw_id\n'
    elements = [Element(n, str(folder), 10 + n) for n, folder in enumerate(folders, 1)]
    path = tmp_path / "script"
    path.write_text(ARRAYS.script(text, elements))
    for element, folder in zip(elements, folders, strict=True):
        done = subprocess.run(["sh", path], env={"SLURM_ARRAY_TASK_ID": str(element.index)}, check=False)
        assert done.returncode == 0
        assert (folder / "fw_id").read_text() == f"{element.fw_id}\n"
        assert (folder / "before").read_text() == f"{folder}\n"
    assert subprocess.run(["sh", path], env={"SLURM_ARRAY_TASK_ID": "99"}, check=False).returncode == 1


def test_names_of_elements() -> None:
    assert Slurm().arrays is ARRAYS
    assert ARRAYS.job_id("123", 4) == "123_4"
