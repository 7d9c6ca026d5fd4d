"""Where settings come from, and what is said of those that cannot be."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from longfuse import settings
from longfuse.config import KEYS, WITHOUT_MEANING, Config
from longfuse.errors import ConfigError, StoreError
from longfuse.settings import Settings

NAMES = {"launchpad": "my_launchpad.yaml", "fworker": "my_fworker.yaml", "qadapter": "my_qadapter.yaml"}

FIREWORKS_KEYS = """
ADD_USER_PACKAGES ALWAYS_CREATE_NEW_BLOCK CONFIG_FILE_DIR DECODE_MONTY DS_PASSWORD ECHO_TEST ENCODE_MONTY
EXCEPT_DETAILS_ON_RERUN FWORKER_LOC FW_BLOCK_FORMAT FW_LOGGING_FORMAT FW_NAME_UPDATES GRIDFS_FALLBACK_COLLECTION
JSON_SCHEMA_VALIDATE JSON_SCHEMA_VALIDATE_LIST LAUNCHPAD_LOC MAINTAIN_INTERVAL MONGOMOCK_SERVERSTORE_FILE
MONGO_SOCKET_TIMEOUT_MS NEGATIVE_FWID_CTR PING_TIME_SECS PRINT_FW_JSON PRINT_FW_YAML PW_CHECK_NUM QSTAT_FREQUENCY
QUEUEADAPTER_LOC QUEUE_JOBNAME_MAXLEN QUEUE_RETRY_ATTEMPTS QUEUE_UPDATE_INTERVAL RAPIDFIRE_SLEEP_SECS
REMOVE_USELESS_DIRS RESERVATION_EXPIRATION_SECS ROCKET_STREAM_LOGLEVEL RUN_EXPIRATION_SECS SORT_FWS STORE_PACKING_INFO
STREAM_LOGLEVEL SUBMIT_SCRIPT_NAME TEMPLATE_DIR TRACKER_LINES USER_PACKAGES WEBSERVER_HOST WEBSERVER_PERFWARNINGS
WEBSERVER_PORT WFLOCK_EXPIRATION_KILL WFLOCK_EXPIRATION_SECS YAML_STYLE
"""


class Place:
    """Folders that may hold settings files: here, a home, and others."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.here, self.home = root / "here", root / "home"
        self.here.mkdir()
        self.environ = {"HOME": str(self.home)}

    def put(self, folder: str, name: str = "my_launchpad.yaml", text: str = "") -> Path:
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def config(self, text: str, folder: str = "here") -> Path:
        return self.put(folder, "FW_config.yaml", text)

    def resolve(self, **flags: str) -> Settings:
        return settings.resolve(**flags, environ=self.environ, cwd=self.here)

    def refuse(self, **flags: str) -> str:
        with pytest.raises(ConfigError) as error:
            self.resolve(**flags)
        return str(error.value)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- which file
def test_nothing_anywhere(place: Place) -> None:
    found = place.resolve()
    assert (found.launchpad_file, found.fworker_file, found.qadapter_file) == (None, None, None)
    assert found.config == Config()
    assert found.sources == {
        "FW_config.yaml": "defaults",
        "launchpad": "default",
        "fworker": "default",
        "qadapter": "default",
    }


@pytest.mark.parametrize("kind", NAMES)
def test_the_first_that_is_there_counts(place: Place, kind: str) -> None:
    """From the last place to the first."""
    name = NAMES[kind]
    attribute = f"{kind}_file"
    key = {"launchpad": "LAUNCHPAD_LOC", "fworker": "FWORKER_LOC", "qadapter": "QUEUEADAPTER_LOC"}[kind]

    def found(**flags: str) -> tuple[Path, str]:
        resolved = place.resolve(**flags)
        return getattr(resolved, attribute), resolved.sources[kind]

    path = place.put("home/.fireworks", name)
    assert found() == (path, str(path.parent))
    path = place.put("home/.longfuse", name)
    assert found() == (path, str(path.parent))
    path = place.put("here", name)
    assert found() == (path, str(path.parent))
    (place.here / name).unlink()
    path = place.put("else", "other.yaml")
    place.config(f"{key}: ../else/other.yaml\n")
    assert place.root / "else" in [parent.resolve() for parent in found()[0].parents]
    assert found()[1] == key
    path = place.put("here/conf", name)
    assert found(config_dir="conf") == (path, str(path.parent))
    path = place.put("here", "mine.yaml")
    assert found(config_dir="conf", **{attribute: "mine.yaml"}) == (path, "flag")


def test_a_place_named_in_the_configuration_comes_before_the_current_directory(place: Place) -> None:
    """As the module says: flag, config_dir, what FW_config.yaml names, the current directory."""
    place.put("here")
    named = place.put("else", "pad.yaml")
    place.config(f"LAUNCHPAD_LOC: {named}\n")
    assert place.resolve().launchpad_file == named


def test_the_configurations_own_config_dir(place: Place) -> None:
    path = place.put("else")
    place.put("here")
    place.config("CONFIG_FILE_DIR: ../else\n")
    found = place.resolve().launchpad_file
    assert found is not None
    assert found.resolve() == path


def test_a_tilde_is_the_home(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place.home))
    path = place.put("home/pads", "pad.yaml")
    assert place.resolve(launchpad_file="~/pads/pad.yaml").launchpad_file == path


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            {"launchpad_file": "none.yaml"},
            "launchpad_file 'none.yaml' does not exist! It was named by the command line",
        ),
        ({"fworker_file": "none.yaml"}, "fworker_file 'none.yaml' does not exist!"),
        ({"qadapter_file": ""}, "qadapter_file '' does not exist!"),
        ({"config_dir": "none"}, "config_dir 'none' does not exist or is no directory"),
    ],
)
def test_what_a_flag_names_has_to_be_there(place: Place, flags: dict[str, str], words: str) -> None:
    assert words in place.refuse(**flags)


def test_what_the_configuration_names_has_to_be_there(place: Place) -> None:
    place.config("FWORKER_LOC: none.yaml\n")
    assert "fworker_file 'none.yaml' does not exist! It was named by FWORKER_LOC" in place.refuse()


@pytest.mark.parametrize("name", [*NAMES.values(), "FW_config.yaml"])
def test_a_link_that_leads_nowhere_is_not_passed_over(place: Place, name: str) -> None:
    """The disk with the user's LaunchPad may be away: another one is not what the user means."""
    place.put("home/.longfuse", name)
    (place.here / name).symlink_to("/away/file.yaml")
    line = place.refuse()
    assert str(place.here / name) in line
    assert "/away/file.yaml" in line
    (place.here / name).unlink()
    place.resolve()


def test_a_folder_is_no_file(place: Place) -> None:
    (place.here / "my_fworker.yaml").mkdir()
    assert "my_fworker.yaml is no file" in place.refuse()
    assert "launchpad_file '.' is a folder, not a file!" in place.refuse(launchpad_file=".")


def test_names_that_no_file_can_have(place: Place) -> None:
    assert "does not exist" in place.refuse(launchpad_file="x" * 300)
    assert "does not exist" in place.refuse(config_dir="x" * 300)
    place.environ["FW_CONFIG_FILE"] = "x" * 300
    assert "does not exist" in place.refuse()


def test_a_current_directory_that_was_removed(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="current directory does not exist any more"):
        settings.resolve(environ=place.environ)


# --- FW_config.yaml
def test_the_environments_configuration_comes_first(place: Place) -> None:
    place.config("PW_CHECK_NUM: 1\n")
    named = place.config("PW_CHECK_NUM: 2\n", "else")
    place.environ["FW_CONFIG_FILE"] = str(named)
    found = place.resolve()
    assert found.config.PW_CHECK_NUM == 2
    assert found.sources["FW_config.yaml"] == str(named)


def test_configurations_in_their_order(place: Place) -> None:
    for number, folder in enumerate(("home/.fireworks", "home/.longfuse", "here")):
        path = place.config(f"PW_CHECK_NUM: {number}\n", folder)
        found = place.resolve()
        assert (found.config.PW_CHECK_NUM, found.sources["FW_config.yaml"]) == (number, str(path))


def test_an_environments_configuration_that_is_not_there(place: Place) -> None:
    place.environ["FW_CONFIG_FILE"] = "/none/FW_config.yaml"
    assert place.refuse() == "FW_CONFIG_FILE names /none/FW_config.yaml, which does not exist"


def test_fireworks_other_keys_do_no_harm(place: Place) -> None:
    """Those without meaning, and those that say the default."""
    place.config("".join(f"{key}: whatever\n" for key in WITHOUT_MEANING) + "PRINT_FW_YAML: false\nLAUNCHPAD_LOC:\n")
    assert place.resolve().config == Config()
    assert all(WITHOUT_MEANING.values())
    assert not WITHOUT_MEANING.keys() & KEYS.keys()


def test_every_key_of_fireworks_is_known() -> None:
    assert set(FIREWORKS_KEYS.split()) <= KEYS.keys() | WITHOUT_MEANING.keys()
    assert all(about["help"] for about in KEYS.values())


def test_where_the_others_are(place: Place) -> None:
    """Each place that has a file which is not used, once."""
    far = place.config("PW_CHECK_NUM: 1\n", "home/.fireworks")
    near = place.config("PW_CHECK_NUM: 2\nSORT_FWS: fifo\n")
    other = place.put("home/.longfuse", "my_fworker.yaml")
    place.put("here", "my_fworker.yaml")
    found = place.resolve()
    assert found.passed_over == {
        "FW_config.yaml": (far,),
        "my_launchpad.yaml": (),
        "my_fworker.yaml": (other,),
        "my_qadapter.yaml": (),
    }
    assert found.origins == {"PW_CHECK_NUM": str(near), "SORT_FWS": str(near)}
    (place.root / "here" / "conf").mkdir()
    assert place.resolve(config_dir="conf").origins["CONFIG_FILE_DIR"] == "flag"


def test_where_the_users_packages_are() -> None:
    config = Config(USER_PACKAGES=("fireworks.user_objects", "a", "b"), ADD_USER_PACKAGES=("b", "c"))
    assert config.user_packages == ("a", "b", "c")


def test_all_that_means_something(place: Place) -> None:
    place.config(
        "ADD_USER_PACKAGES: [mine.tasks, yours]\nALWAYS_CREATE_NEW_BLOCK: true\nPING_TIME_SECS: 60\n"
        "RAPIDFIRE_SLEEP_SECS: 0.5\nSORT_FWS: FIFO\nPW_CHECK_NUM: 3\nOFFLINE_GRACE_SECS: 1\n"
    )
    assert place.resolve().config == Config(
        ADD_USER_PACKAGES=("mine.tasks", "yours"),
        ALWAYS_CREATE_NEW_BLOCK=True,
        PING_TIME_SECS=60,
        RAPIDFIRE_SLEEP_SECS=0.5,
        SORT_FWS="FIFO",
        PW_CHECK_NUM=3,
        OFFLINE_GRACE_SECS=1,
    )


def test_one_package_needs_no_list(place: Place) -> None:
    place.config("ADD_USER_PACKAGES: mine.tasks\n")
    assert place.resolve().config.ADD_USER_PACKAGES == ("mine.tasks",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("RAPIDFIRE_SLEEP_SEC: 3\n", "has unknown parameter: RAPIDFIRE_SLEEP_SEC; did you mean RAPIDFIRE_SLEEP_SECS?"),
        ("LAUNCHPAD: x\n", "did you mean LAUNCHPAD_LOC?"),
        ("17: x\n", "has unknown parameter: 17"),
        ("- a\n", "it must hold keys and values, not a list"),
        ("a: [\n", "Cannot read"),
        ("RAPIDFIRE_SLEEP_SECS: soon\n", "RAPIDFIRE_SLEEP_SECS must be a number, not 'soon'"),
        ("PING_TIME_SECS: true\n", "PING_TIME_SECS must be a number, not True"),
        ("PING_TIME_SECS: -1\n", "PING_TIME_SECS must be a number, not -1"),
        ("PING_TIME_SECS: .inf\n", "PING_TIME_SECS must be a number, not inf"),
        ("PW_CHECK_NUM: 1.5\n", "PW_CHECK_NUM must be a whole number, not 1.5"),
        ("STREAM_LOGLEVEL: LOUD\n", "must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not 'LOUD'"),
        ("TRACKER_LINES: 1001\n", "TRACKER_LINES must be at most 1000, not 1001"),
        ("SUBMIT_SCRIPT_NAME: a/b\n", "must be the name of a file, without `/`, not 'a/b'"),
        ("FW_BLOCK_FORMAT: ''\n", "FW_BLOCK_FORMAT must be part of a name, without `/`, not ''"),
        ("FW_NAME_UPDATES: [a]\n", "must be names and the names that replace them, not ['a']"),
        ("LAUNCHPAD_LOC: [a]\n", "LAUNCHPAD_LOC must be text, not ['a']"),
        ("SORT_FWS: 3\n", "SORT_FWS must be text, not 3"),
        ("SORT_FWS: LIFO\n", "SORT_FWS must be FIFO, FILO or empty, not 'LIFO'"),
        ("ALWAYS_CREATE_NEW_BLOCK: maybe\n", "ALWAYS_CREATE_NEW_BLOCK must be true or false, not 'maybe'"),
        ("ADD_USER_PACKAGES: {a: b}\n", "ADD_USER_PACKAGES must be a list of names, not {'a': 'b'}"),
    ],
)
def test_a_configuration_that_cannot_be(place: Place, text: str, words: str) -> None:
    path = place.config(text)
    told = place.refuse()
    assert words in told
    assert str(path) in told


def test_an_empty_configuration(place: Place) -> None:
    place.config("# nothing yet\n")
    assert place.resolve().config == Config()


# --- what they lead to
def test_the_per_user_launchpad_is_made_once_and_told_once(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    settings.open_launchpad(place.resolve()).close()
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"No my_launchpad.yaml was found: made a LaunchPad of your own, sqlite:///{place.home}" in told
    settings.open_launchpad(place.resolve()).close()
    assert capsys.readouterr().err == ""


def test_a_launchpad_that_was_named_is_not_made(place: Place) -> None:
    place.put("here", text="url: sqlite:///pad.db\n")
    with pytest.raises(StoreError):
        settings.open_launchpad(place.resolve())
    assert not (place.here / "pad.db").exists()
    settings.open_launchpad(place.resolve(), create=True).close()
    assert (place.here / "pad.db").exists()


def test_the_worker(place: Place) -> None:
    assert settings.fworker(place.resolve()).name == "Automatically generated Worker"
    place.put("here", "my_fworker.yaml", "name: mine\ncategory: big\nquery: '{}'\nenv: {scratch: /s}\n")
    worker = settings.fworker(place.resolve())
    assert (worker.name, worker.category, worker.env) == ("mine", "big", {"scratch": "/s"})


@pytest.mark.parametrize("text", ["- a\n", "name: x\ncategory: ''\nquery: '{'\n", "a: [\n", "", "text"])
def test_a_worker_that_cannot_be(place: Place, text: str) -> None:
    path = place.put("here", "my_fworker.yaml", text)
    with pytest.raises(ConfigError) as error:
        settings.fworker(place.resolve())
    assert str(error.value).startswith(f"The worker file {path} cannot be used: ")


def test_a_key_that_no_worker_has(place: Place) -> None:
    """A worker whose category is misspelt would run what is meant for others."""
    place.put("here", "my_fworker.yaml", "name: mine\ncategorie: big\n")
    with pytest.raises(ConfigError, match=r"`categorie` \(did you mean `category`\?\)"):
        settings.fworker(place.resolve())


def test_the_queue_adapter(place: Place) -> None:
    with pytest.raises(ConfigError, match=r"Write a my_qadapter\.yaml here, or name one with -q"):
        settings.qadapter(place.resolve())
    place.put("here", "my_qadapter.yaml", "_fw_q_type: SLURM\nrocket_launch: rlaunch singleshot\n")
    assert settings.qadapter(place.resolve()).rocket_launch == "rlaunch singleshot"


@pytest.fixture(autouse=True)
def _none_of_the_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FW_CONFIG_FILE", raising=False)


def test_a_value_that_cannot_change(place: Place) -> None:
    found: Any = place.resolve()
    with pytest.raises(AttributeError):
        found.launchpad_file = Path("x")


# --- the page about it
def test_the_page_about_the_configuration_is_current() -> None:
    """``python docs/reference/generate.py`` writes it."""
    folder = Path(__file__).resolve().parents[2] / "docs" / "reference"
    spec = spec_from_file_location("generate", folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert (folder / "config.md").read_text(encoding="utf-8") == generate.config_page()
