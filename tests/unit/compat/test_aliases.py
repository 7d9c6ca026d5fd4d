"""FireWorks' module names: the same modules, the same classes, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def run(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, timeout=100)


def prints(program: str, cwd: Path) -> str:
    done = run(program, cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


SWITCHED_ON = "import longfuse.compat.alias\n"


def test_modules_and_classes_are_the_same_objects(tmp_path: Path) -> None:
    program = """
import sys
import fireworks.core.firework as theirs
from fireworks import FWAction, core
import fireworks.core
import longfuse, longfuse.compat.fireworks.core.firework as ours
import longfuse.core.firework as replaced
assert theirs is ours is replaced is core.firework
assert FWAction is longfuse.FWAction is theirs.FWAction
assert theirs.__spec__.name == theirs.__name__ == "longfuse.compat.fireworks.core.firework"
assert sys.modules["fireworks"] is sys.modules["longfuse.compat.fireworks"]
from fireworks.utilities.fw_utilities import explicit_serialize
from longfuse.utilities.fw_utilities import explicit_serialize as again
assert explicit_serialize is again is longfuse.explicit_serialize
print(len([name for name, module in sys.modules.items() if module is theirs]))
"""
    assert prints(SWITCHED_ON + program, tmp_path) == "3"


@pytest.mark.parametrize(
    "module", ["fireworks.core.nothing", "longfuse.core.nothing", "longfuse.nothing", "fireworks.x"]
)
def test_what_does_not_exist_cannot_be_imported(module: str, tmp_path: Path) -> None:
    done = run(f"{SWITCHED_ON}import {module}", tmp_path)
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named '{module}'"


def test_without_the_switch_the_name_is_free(tmp_path: Path) -> None:
    assert "No module named 'fireworks'" in run("import longfuse; import fireworks", tmp_path).stderr


def test_a_package_of_that_name_that_is_in_use_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "fireworks.py").write_text("theirs = 1\n")
    done = run(f"import fireworks\n{SWITCHED_ON}", tmp_path)
    assert done.stderr.splitlines()[-1].startswith("longfuse.errors.ConfigError: FireWorks itself has been imported")
    assert str(tmp_path / "fireworks.py") in done.stderr
    loaded = "import fireworks\nfrom longfuse.domain import registry\nregistry.import_class('json', 'dumps')\n"
    assert prints(f"{loaded}import fireworks\nprint(fireworks.theirs)", tmp_path) == "1"


def test_a_package_of_that_name_that_is_not_in_use_yields(tmp_path: Path) -> None:
    (tmp_path / "fireworks.py").write_text("raise SystemExit('the wrong one')\n")
    assert prints(f"{SWITCHED_ON}import fireworks\nprint(fireworks.__name__)", tmp_path) == "longfuse.compat.fireworks"


def test_a_users_module_that_imports_fireworks_is_loaded_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "their_tasks.py").write_text(
        "from fireworks.core.firework import FiretaskBase, FWAction\n"
        "from fireworks.utilities.fw_utilities import explicit_serialize\n"
        "@explicit_serialize\n"
        "class Add(FiretaskBase):\n"
        "    required_params = ('a',)\n"
        "    def run_task(self, fw_spec):\n"
        "        return FWAction(update_spec={'sum': self['a'] + fw_spec['b']})\n"
    )
    program = """
from longfuse.domain.wire import load_object
task = load_object({"_fw_name": "{{their_tasks.Add}}", "a": 1})
print(task.run_task({"b": 2}).update_spec, task.to_dict()["_fw_name"])
"""
    assert prints(program, tmp_path) == "{'sum': 3} {{their_tasks.Add}}"


def test_importing_fireworks_for_a_firetask_stays_cheap(tmp_path: Path) -> None:
    program = """
import sys
from fireworks import FiretaskBase, FWAction
from fireworks.utilities.fw_utilities import explicit_serialize
from fireworks.core.firework import Firework
print([name for name in ("sqlalchemy", "rich", "argparse", "longfuse.launchpad") if name in sys.modules])
"""
    assert prints(SWITCHED_ON + program, tmp_path) == "[]"
