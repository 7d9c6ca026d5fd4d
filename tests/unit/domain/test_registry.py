import os
import subprocess
import sys
import textwrap

import pytest

from longfuse.domain import registry
from longfuse.domain.background import BackgroundTask
from longfuse.domain.firetask import FiretaskBase
from longfuse.domain.wire import load_object
from longfuse.errors import SerializationError
from longfuse.firetasks.script import ScriptTask

HEADER = "from longfuse import FiretaskBase, explicit_serialize\n"
TASK = """
class {name}(FiretaskBase):
    {body}
    def run_task(self, fw_spec):
        return None
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A user's package, of which modules are written by calling it; a new name for each test, for imports last."""
    name = f"users_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    def write(module, text):
        (folder / f"{module}.py").write_text(HEADER + text)
        return f"{name}.{module}"

    write.name = name
    yield write
    registry.set_user_packages([])


def test_built_in_and_old_names():
    assert registry.resolve("ScriptTask") is ScriptTask
    assert registry.resolve("Script Task") is ScriptTask
    assert registry.resolve("BackgroundTask") is BackgroundTask


@pytest.mark.parametrize("name", sorted(registry.BUILT_IN))
def test_the_table_of_built_ins_is_right(name):
    cls = registry.resolve(name)
    assert registry.fw_name_of(cls) == name


def test_fireworks_own_paths():
    assert registry.resolve("{{fireworks.user_objects.firetasks.script_task.ScriptTask}}") is ScriptTask


def test_explicit_names(package):
    module = package("tasks", "@explicit_serialize" + TASK.format(name="Mine", body=""))
    cls = registry.resolve(f"{{{{{module}.Mine}}}}")
    assert registry.fw_name_of(cls) == f"{{{{{module}.Mine}}}}"
    assert registry.resolve(f"{{{{ {module}.Mine }}}}") is cls


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("{{no_such_module.Task}}", "no_such_module.*PYTHONPATH"),
        ("{{json.NoSuchClass}}", "has no class 'NoSuchClass'"),
        ("{{json.dumps}}", "no from_dict"),
        ("{{Task}}", "cannot be loaded"),
        ("Nobody's Task", "ADD_USER_PACKAGES"),
    ],
)
def test_names_that_mean_nothing(name, words):
    with pytest.raises(SerializationError, match=words):
        registry.resolve(name)


def test_search_in_user_packages(package):
    package("broken", "import no_such_module")
    package("tasks", TASK.format(name="Named", body='_fw_name = "My Task"') + TASK.format(name="Plain", body=""))
    package("others", f"from {package.name}.tasks import Named")
    registry.set_user_packages([package.name])
    assert registry.resolve("My Task").__name__ == "Named"
    assert registry.resolve(f"{package.name}::Plain").__name__ == "Plain"
    task = load_object({"_fw_name": "My Task", "x": 1})
    assert dict(task) == {"_fw_name": "My Task", "x": 1}


def test_a_name_that_means_two(package):
    for module in ("one", "two"):
        package(module, TASK.format(name="Named", body='_fw_name = "My Task"'))
    registry.set_user_packages([package.name])
    with pytest.raises(SerializationError, match=r"one\.Named and .*two\.Named"):
        registry.resolve("My Task")


def test_other_packages_are_searched_after_a_change(package):
    package("tasks", TASK.format(name="Named", body='_fw_name = "My Task"'))
    registry.set_user_packages([package.name])
    registry.resolve("My Task")
    registry.set_user_packages([])
    with pytest.raises(SerializationError, match="none is set"):
        registry.resolve("My Task")


def test_a_package_that_is_not_there():
    registry.set_user_packages(["no_such_package"])
    try:
        with pytest.raises(SerializationError, match="'no_such_package' cannot be imported"):
            registry.resolve("My Task")
    finally:
        registry.set_user_packages([])


def test_default_name_of_a_class_here():
    class Local(FiretaskBase):
        def run_task(self, fw_spec):
            return None

    assert registry.fw_name_of(Local) == f"{__name__.partition('.')[0]}::Local"


def test_classes_of_a_script(tmp_path):
    """Decorated, they are found under the script's name; undecorated, nobody could find them."""
    script = tmp_path / "my_tasks.py"
    script.write_text(
        HEADER
        + "@explicit_serialize"
        + TASK.format(name="Good", body="")
        + TASK.format(name="Bad", body="")
        + textwrap.dedent("""
        if __name__ == "__main__":
            print(Good().to_dict()["_fw_name"])
            try:
                Bad().to_dict()
            except Exception as error:
                print(type(error).__name__)
        """)
    )
    answer = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["{{my_tasks.Good}}", "SerializationError"]


def test_a_program_goes_by_the_settings(package, tmp_path):
    """As in FireWorks, where importing it reads them; here it is the first name that needs them."""
    package("tasks", TASK.format(name="Mine", body="_fw_name = 'my task'"))
    (tmp_path / "FW_config.yaml").write_text(
        f"ADD_USER_PACKAGES: [{package.name}]\nFW_NAME_UPDATES: {{my old task: my task, shell: ScriptTask}}\n"
    )
    (tmp_path / "fw.yaml").write_text(
        "spec: {_tasks: [{_fw_name: my task}, {_fw_name: my old task}, {_fw_name: shell, script: 'true'}]}"
    )
    program = "import longfuse; print(*[type(x).__name__ for x in longfuse.Firework.from_file('fw.yaml').tasks])"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("Mine Mine ScriptTask\n", "")
