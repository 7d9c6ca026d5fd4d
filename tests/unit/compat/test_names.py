"""Every name of FireWorks' modules that downstream packages import, and the names under which objects are stored."""

from __future__ import annotations

from importlib import import_module

import pytest

from longfuse.domain import registry

USED = {
    "": "ArchiveDirTask CompressDirTask FileDeleteTask FileTransferTask FileWriteTask TemplateWriterTask "
    "FWAction FWorker FireTaskBase FiretaskBase Firework Launch LaunchPad PyTask ScriptTask Tracker "
    "Workflow "
    "explicit_serialize FW_INSTALL_DIR __version__",
    "core.firework": "FWAction FWorker FireTaskBase FiretaskBase Firework Launch Tracker Workflow NEGATIVE_FWID_CTR "
    "EXCEPT_DETAILS_ON_RERUN TRACKER_LINES apply_mod",
    "core.fworker": "FWorker",
    "core.launchpad": "LaunchPad WFLock LockedWorkflowError LazyFirework get_action_from_gridfs",
    "core.rocket": "Rocket do_ping",
    "core.rocket_launcher": "launch_rocket rapidfire get_fworker",
    "queue.queue_adapter": "QueueAdapterBase QScriptTemplate Command",
    "queue.queue_launcher": "launch_rocket_to_queue rapidfire _njobs_in_dir _get_number_of_jobs_in_queue",
    "features.background_task": "BackgroundTask",
    "features.dupefinder": "DupeFinderBase",
    "features.fw_report": "FWReport state_to_color DATE_KEYS",
    "features.introspect": "Introspector flatten_to_keys collect_stats compare_stats separator_str",
    "user_objects.dupefinders.dupefinder_exact": "DupeFinderExact",
    "user_objects.queue_adapters.common_adapter": "CommonAdapter",
    "user_objects.firetasks.dataflow_tasks": "CommandLineTask ForeachTask ImportDataTask JoinDictTask JoinListTask",
    "user_objects.firetasks.fileio_tasks": "ArchiveDirTask CompressDirTask DecompressDirTask FileDeleteTask "
    "FileTransferTask FileWriteTask",
    "user_objects.firetasks.filepad_tasks": "AddFilesTask DeleteFilesTask GetFilesByQueryTask GetFilesTask get_fpad",
    "user_objects.firetasks.templatewriter_task": "TemplateWriterTask",
    "user_objects.firetasks.unittest_tasks": "UnitTestSerializer ExportTestSerializer",
    "user_objects.firetasks.script_task": "PyTask ScriptTask",
    "utilities.filepad": "FilePad",
    "utilities.dict_mods": "apply_mod DictMods get_nested_dict arrow_to_dot",
    "utilities.exceptions": "FWError FWConfigurationError FWSerializationError FWFormatError FWValueError",
    "utilities.fw_serializers": "FWSerializable DATETIME_HANDLER ENCODING_PARAMS NUMPY_INSTALLED SAVED_FW_MODULES "
    "recursive_dict recursive_serialize recursive_deserialize serialize_fw load_object load_object_from_file "
    "reconstitute_dates get_default_serialization",
    "utilities.fw_utilities": "explicit_serialize get_fw_logger log_multi log_fancy log_exception "
    "create_datestamp_dir get_my_ip get_my_host get_slug redirect_local",
    "utilities.visualize": "plot_wf wf_to_graph",
    "scripts.lpad_run": "lpad",
    "scripts.rlaunch_run": "rlaunch",
    "scripts.qlaunch_run": "qlaunch",
    "fw_config": "config_to_dict write_config override_user_settings FWData CONFIG_FILE_DIR SORT_FWS LAUNCHPAD_LOC "
    "FWORKER_LOC QUEUEADAPTER_LOC FW_LOGGING_FORMAT JSON_SCHEMA_VALIDATE USER_PACKAGES TRACKER_LINES",
}
STORED = {
    "user_objects.firetasks.dataflow_tasks": "CommandLineTask ForeachTask ImportDataTask JoinDictTask JoinListTask",
    "user_objects.firetasks.fileio_tasks": "ArchiveDirTask CompressDirTask DecompressDirTask FileDeleteTask "
    "FileTransferTask FileWriteTask",
    "user_objects.firetasks.filepad_tasks": "AddFilesTask DeleteFilesTask GetFilesByQueryTask GetFilesTask",
    "user_objects.firetasks.templatewriter_task": "TemplateWriterTask",
    "user_objects.firetasks.script_task": "PyTask ScriptTask",
    "features.background_task": "BackgroundTask",
    "user_objects.dupefinders.dupefinder_exact": "DupeFinderExact",
    "user_objects.queue_adapters.common_adapter": "CommonAdapter",
}


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(path, name) for path, names in table.items() for name in names.split()]


@pytest.mark.parametrize(("path", "name"), pairs(USED))
def test_the_name_is_there(path: str, name: str) -> None:
    module = import_module(f"longfuse.compat.fireworks.{path}".rstrip("."))
    assert hasattr(module, name)
    assert name.startswith("_") or path == "fw_config" or name in dir(module)


@pytest.mark.parametrize(("path", "name"), pairs(STORED))
def test_a_stored_name_and_a_stored_path_mean_the_same_class(path: str, name: str) -> None:
    there = getattr(import_module(f"longfuse.compat.fireworks.{path}"), name)
    assert registry.resolve(name) is registry.resolve(f"{{{{fireworks.{path}.{name}}}}}") is there


@pytest.mark.parametrize("name", ["Addition Task", "Add and Modify Task", "Fibonacci Adder Task", "Print Job Task"])
def test_the_tasks_of_the_tutorials(name: str) -> None:
    task = registry.resolve(name)
    assert task.to_dict(task())["_fw_name"] == name
    path = f"{task.__module__}.{task.__name__}".removeprefix("longfuse.compat.")
    assert registry.resolve(f"{{{{{path}}}}}") is task
