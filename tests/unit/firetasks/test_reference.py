"""The page that lists the Firetasks names each of them, and each of their parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from longfuse.domain import registry
from longfuse.domain.firetask import FiretaskBase

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "firetasks.md").read_text()
TASKS = [
    name
    for name, (module, _) in registry.BUILT_IN.items()
    if module.startswith("longfuse.firetasks.") and not module.endswith(".filepad")
]


def parameters_of(cls: Any) -> set[str]:
    """As the class says, or its docstring does."""
    declared = {*(cls.required_params or ()), *(cls.optional_params or ()), *getattr(cls, "other_params", ())}
    described = re.search(r"Parameters:\n(.*?)\n\n", f"{cls.__doc__}\n\n", re.DOTALL)
    assert described
    lines = re.findall(r"^ {8}(\w[\w, ]*):", described[1], re.MULTILINE)
    return declared | {word.strip() for line in lines for word in line.split(",")}


@pytest.mark.parametrize("name", TASKS)
def test_the_page_names_every_parameter(name: str) -> None:
    cls = registry.resolve(name)
    assert issubclass(cls, FiretaskBase)
    section = re.search(rf"^### [^\n]*\b{name}\b.*?(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, name
    missing = {word for word in parameters_of(cls) if f"`{word}`" not in section[0]}
    assert not missing
    for word in cls.required_params or ():
        assert f"**`{word}`**" in section[0]
