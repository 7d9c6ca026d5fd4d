from longfuse.domain.background import BackgroundTask
from longfuse.domain.wire import load_object
from longfuse.firetasks.script import ScriptTask


def test_to_dict_and_back():
    task = BackgroundTask(ScriptTask(script="date"), num_launches=3, sleep_time=5, run_on_finish=True)
    document = task.to_dict()
    assert document == {
        "tasks": [{"script": "date", "_fw_name": "ScriptTask"}],
        "num_launches": 3,
        "sleep_time": 5,
        "run_on_finish": True,
        "_fw_name": "BackgroundTask",
    }
    loaded = load_object(document)
    assert isinstance(loaded.tasks[0], ScriptTask)
    assert loaded.to_dict() == document


def test_defaults():
    task = BackgroundTask.from_dict({"tasks": [{"_fw_name": "ScriptTask", "script": "date"}]})
    assert (task.num_launches, task.sleep_time, task.run_on_finish) == (0, 60, False)


def test_several_tasks():
    assert len(BackgroundTask([ScriptTask(script="a"), ScriptTask(script="b")]).tasks) == 2
