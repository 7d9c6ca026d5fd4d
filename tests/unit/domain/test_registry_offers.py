"""Firetasks that an installed distribution offers by entry points: a real one, in a folder on ``sys.path``."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.launching import final_of, launch, make_launch

from longfuse.domain import registry
from longfuse.errors import SerializationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = """
from longfuse import FiretaskBase, FWAction, explicit_serialize

class Relax(FiretaskBase):
    _fw_name = "Relax Task"

    def run_task(self, fw_spec):
        return FWAction(stored_data={"relaxed": self["structure"]})

class Other(Relax):
    _fw_name = "Other Task"

class Twin(Relax):
    _fw_name = "ScriptTask"

@explicit_serialize
class Explicit(Relax):
    pass
"""

ENTRY_POINTS = """[longfuse.firetasks]
Relax Task = {name}.tasks:Relax
My Explicit = {name}.tasks:Explicit
Broken Task = {name}.nowhere:Broken
ScriptTask = {name}.tasks:Twin
all of them = {name}.more

[console_scripts]
Script = {name}.tasks:Other
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one distribution in it, whose name is new for each test: what is imported stays."""
    name = f"offers_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / "site"
    package, info = folder / name, folder / f"{name}-1.0.dist-info"
    for place in (package, info):
        place.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "tasks.py").write_text(MODULE)
    (package / "more.py").write_text(MODULE.replace("Relax Task", "Another Task"))
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS.format(name=name))
    monkeypatch.syspath_prepend(str(folder))
    registry.set_user_packages([])
    yield folder
    registry.set_user_packages([])


def package_of(site: Path) -> str:
    return next(path.name for path in site.iterdir() if not path.name.endswith(".dist-info"))


def test_a_class_under_its_name(site: Path) -> None:
    assert registry.resolve("Relax Task").__name__ == "Relax"
    assert registry.resolve("My Explicit").__name__ == "Explicit"


def test_a_module_of_classes(site: Path) -> None:
    cls = registry.resolve("Another Task")
    assert (cls.__name__, cls.__module__) == ("Relax", f"{package_of(site)}.more")


def test_built_ins_come_first(site: Path) -> None:
    assert registry.resolve("ScriptTask").__module__ == "longfuse.firetasks.script"


def test_what_is_offered_but_not_there_is_told(site: Path) -> None:
    with pytest.raises(SerializationError, match=r"nowhere\.Broken}} cannot be loaded"):
        registry.resolve("Broken Task")


def test_other_groups_do_not_count(site: Path) -> None:
    with pytest.raises(SerializationError, match="nor does an installed distribution offer it"):
        registry.resolve("Script")


def test_user_packages_come_before(site: Path, tmp_path: Path) -> None:
    mine = f"mine_{package_of(site)}"
    (site / f"{mine}.py").write_text(MODULE)
    registry.set_user_packages([mine])
    assert registry.resolve("Relax Task").__module__ == mine


def test_two_that_offer_one_name_are_told(site: Path) -> None:
    name = package_of(site)
    info = site / "second-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: second\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[longfuse.firetasks]\nRelax Task = {name}.more:Relax\n")
    with pytest.raises(SerializationError, match="means several classes"):
        registry.resolve("Relax Task")


def test_in_a_launch(site: Path, tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "launcher", {"_fw_name": "Relax Task", "structure": "Si"})
    launch(folder, env={"PYTHONPATH": str(site)})
    final = final_of(folder)
    assert final.state == "COMPLETED"
    assert final.fwaction["stored_data"] == {"relaxed": "Si"}


def test_nobody_pays_for_it_whose_names_are_known(site: Path) -> None:
    script = (
        "import sys; from longfuse.domain import registry; registry.resolve('FileWriteTask'); "
        "sys.exit('importlib.metadata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
