"""FireWorks' Firetasks are found under its module paths, and its objects for tests of writing and reading are there."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest

import longfuse
from longfuse.compat.fireworks.user_objects.firetasks.unittest_tasks import ExportTestSerializer, UnitTestSerializer
from longfuse.domain import registry
from longfuse.domain.wire import load_object

STORED = {
    "fileio_tasks": "FileWriteTask FileDeleteTask FileTransferTask CompressDirTask DecompressDirTask ArchiveDirTask",
    "templatewriter_task": "TemplateWriterTask",
    "dataflow_tasks": "CommandLineTask ForeachTask JoinDictTask JoinListTask ImportDataTask",
    "unittest_tasks": "UnitTestSerializer ExportTestSerializer",
}
TOP_LEVEL = "ArchiveDirTask CompressDirTask FileDeleteTask FileTransferTask FileWriteTask TemplateWriterTask"


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in STORED.items() for n in names.split()])
def test_the_path_and_the_name_mean_one_class(module: str, name: str) -> None:
    path = f"user_objects.firetasks.{module}"
    cls = getattr(import_module(f"longfuse.compat.fireworks.{path}"), name)
    assert registry.resolve(f"{{{{fireworks.{path}.{name}}}}}") is cls
    assert registry.resolve(cls._fw_name) is cls


@pytest.mark.parametrize("name", TOP_LEVEL.split())
def test_the_names_at_the_top(name: str) -> None:
    fireworks = import_module("longfuse.compat.fireworks")
    assert getattr(fireworks, name) is getattr(longfuse, name) is registry.resolve(name)


@pytest.mark.parametrize("old", sorted(registry.OLD_NAMES))
def test_old_names(old: str) -> None:
    assert registry.resolve(old) is registry.resolve(registry.OLD_NAMES[old])


@pytest.mark.parametrize(
    "made",
    [
        UnitTestSerializer([1], datetime.fromisoformat("2020-01-02T03:04:05.000006")),
        ExportTestSerializer({"b": None}),
    ],
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_objects_come_back(made: UnitTestSerializer | ExportTestSerializer, form: str) -> None:
    assert type(made).from_format(made.to_format(form), form) == made
    assert load_object(made.to_dict()) == made
