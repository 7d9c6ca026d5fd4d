"""What ``get_fws`` and ``get_wflows`` print: every format, for none, one and many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import shell
from tests.login import chain, fw

from longfuse.domain import yamlio
from longfuse.domain.fworker import FWorker

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Desk

LESS = ["fw_id", "created_on", "updated_on", "state", "name"]


@pytest.fixture
def three(desk: Desk) -> Desk:
    """A workflow of three; the first one is RESERVED, as job 4711."""
    fws = [fw(n, shell("true"), name=name, x=n) for n, name in enumerate("abc", 1)]
    desk.login.add(*fws, links=chain(*fws))
    taken = desk.pad.reserve(FWorker(), desk.folder / "launch")
    assert taken is not None
    desk.pad.record_submission(taken.launch_id, "4711", {})
    return desk


# --- get_fws
@pytest.mark.parametrize("output", ["json", "yaml", "JSON", "Yaml"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("get_fws -d ids", [1, 2, 3]),
        ("get_fws -d ids -n a", 1),
        ("get_fws -d ids -n nobody", []),
        ("get_fws -d count", 3),
        ("get_fws -d count -n a", 1),
        ("get_fws -d count -n nobody", 0),
        ("get_fws -d count -m 2", 2),
        ("get_fws -n nobody", []),
        ("get_wflows -d ids", 1),
        ("get_wflows -d count", 1),
        ("get_wflows -d count -n nobody", 0),
        ("get_wflows -d ids -n nobody", []),
        ("get_wflows -n nobody", []),
    ],
)
def test_ids_and_counts(three: Desk, output: str, words: str, expected: Any) -> None:
    printed = three.tell("-o", output, *words.split())
    assert (json.loads if output.lower() == "json" else yamlio.load)(printed) == expected


def test_json_has_four_spaces_and_a_line_end(three: Desk) -> None:
    assert three.tell("get_fws", "-d", "ids") == "[\n    1,\n    2,\n    3\n]\n"
    assert three.tell("get_fws", "-d", "ids", "-i", "2") == "2\n"
    assert three.tell("get_fws", "-n", "nobody") == "[]\n"
    one = three.tell("get_fws", "-i", "1")
    assert one == json.dumps(json.loads(one), indent=4) + "\n"
    many = three.tell("get_fws")
    assert many == json.dumps(json.loads(many), indent=4) + "\n"


def test_a_yaml_scalar_ends_like_fireworks(three: Desk) -> None:
    assert three.tell("-o", "yaml", "get_fws", "-d", "count") == "3\n...\n"


def test_yaml_sorts_its_keys_and_tells_the_same(three: Desk) -> None:
    printed = three.tell("-o", "yaml", "get_fws")
    assert yamlio.load(printed) == three.get("get_fws")
    keys = [line.split(":")[0].strip("- ") for line in printed.splitlines()[:5]]
    assert keys == sorted(LESS)


def test_less(three: Desk) -> None:
    documents = three.get("get_fws")
    assert [document["fw_id"] for document in documents] == [1, 2, 3]
    assert list(documents[0]) == LESS
    assert list(documents[1]) == ["fw_id", "created_on", "updated_on", "name", "state"]
    assert [document["state"] for document in documents] == ["RESERVED", "WAITING", "WAITING"]


def test_more_adds_the_launches(three: Desk) -> None:
    one, other = three.get("get_fws", "-d", "more", "-i", "1,2")
    assert set(one) == {*LESS, "launches"}
    assert one["launches"][0]["state_history"][0]["reservation_id"] == "4711"
    assert set(other) == set(LESS)


@pytest.mark.parametrize("how", ["all", "reservations", "ALL"])
def test_all_is_the_whole_firework(three: Desk, how: str) -> None:
    three.tell("rerun_fws", "-i", "1")
    document = three.get("get_fws", "-d", how, "-i", "1")
    assert document["spec"] == {"x": 1, "_tasks": [shell("true")]}
    assert [launch["state"] for launch in document["archived_launches"]] == ["RESERVED"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-s", "waiting"], [2, 3]),
        (["-q", '{"spec.x": {"$gte": 2}}'], [2, 3]),
        (["-q", "{'spec.x': {'$in': [1, 3]}}"], [1, 3]),
        (["-i", "3,1"], [1, 3]),
        (["--qid", "4711"], 1),
        (["--qid", "none"], []),
        (["-s", "WAITING", "-m", "1"], 2),
        (["-lm", "-s", "RESERVED"], 1),
        (["-lm", "-q", '{"fworker.name": "nobody"}'], []),
        (["--rsort", "created_on", "-s", "WAITING"], [2, 3]),
    ],
)
def test_selectors(three: Desk, words: list[str], expected: Any) -> None:
    found = three.get("get_fws", "-d", "ids", *words)
    assert (sorted(found) if isinstance(found, list) else found) == expected


@pytest.mark.parametrize(
    "words",
    [["-i", "1", "-n", "a"], ["-n", "a", "-s", "READY"], ["-i", "1", "-q", '{"a": 1}'], ["--qid", "1", "-n", "a"]],
)
def test_selectors_that_exclude_each_other(three: Desk, words: list[str]) -> None:
    assert "Please specify exactly one of" in three.refuse("get_fws", *words)


def test_sorting(desk: Desk) -> None:
    for name in "abc":
        desk.login.add(fw(1, shell("true"), name=name))
    assert desk.get("get_fws", "-d", "ids", "--sort", "created_on") == [1, 2, 3]
    assert desk.get("get_fws", "-d", "ids", "--rsort", "created_on") == [3, 2, 1]
    desk.tell("pause_fws", "-i", "2")
    assert desk.get("get_wflows", "-d", "ids", "--rsort", "updated_on", "-m", "1") == 2


def test_unknown_ids(three: Desk) -> None:
    assert three.refuse("get_fws", "-i", "1,98,99") == "lpad: No Firework exists with id: 98, 99"
    assert "99" in three.refuse("get_wflows", "-i", "99")
    assert "99" in three.refuse("get_launchdir", "99")
    assert "99" in three.refuse("get_qids", "-i", "99")


def test_unknown_ids_beside_known_ones(three: Desk) -> None:
    assert three.refuse("get_wflows", "-i", "99,1,98") == "lpad: No Firework exists with id: 98, 99"
    assert three.refuse("get_fws", "-i", "1,2,99", "-m", "1") == "lpad: No Firework exists with id: 99"
    assert three.get("get_wflows", "-i", "1", "-s", "COMPLETED") == []


def test_empty_words_select_nothing(three: Desk) -> None:
    for words in (["-n", ""], ["-i", ""], ["--qid", ""]):
        assert three.get("get_fws", *words) == []


@pytest.mark.parametrize("word", ["{", "3", "[1]", "'x'", "[" * 30_000, "{'a': open('x')}"])
def test_a_query_that_is_none(three: Desk, word: str) -> None:
    line = three.refuse("get_fws", "-q", word, code=2)
    assert "is no mapping such as" in line
    assert len(line) < 400


# --- get_wflows
def test_wflows_less(three: Desk) -> None:
    document = three.get("get_wflows")
    assert list(document) == ["state", "name", "created_on", "states_list"]
    assert (document["name"], document["state"], document["states_list"]) == ("w--1", "RESERVED", "RES-W-W")


def test_wflows_more(three: Desk) -> None:
    document = three.get("get_wflows", "-d", "more")
    assert list(document) == ["state", "name", "created_on", "updated_on", "states", "launch_dirs"]
    assert document["states"] == {"a--1": "RESERVED", "b--2": "WAITING", "c--3": "WAITING"}
    assert document["launch_dirs"] == {"a--1": [str(three.folder / "launch")], "b--2": [], "c--3": []}


def test_wflows_all(three: Desk) -> None:
    document = three.get("get_wflows", "-d", "all")
    assert document["links"] == {"a--1": ["b--2"], "b--2": ["c--3"], "c--3": []}
    assert document["parent_links"] == {"b--2": ["a--1"], "c--3": ["b--2"]}
    assert document["metadata"] == {}


def test_wflows_reservations(three: Desk) -> None:
    launch = three.get("get_wflows", "-d", "reservations")["launches"]["a--1"][0]
    assert (launch["launch_dir"], launch["launch_id"]) == (str(three.folder / "launch"), 1)
    assert launch["state_history"][0] == {"reservation_id": "4711"}


def test_wflows_table(three: Desk) -> None:
    printed = three.tell("get_wflows", "-t")
    assert "states_list" in printed
    assert "RES-W-W" in printed
    assert three.tell("get_wflows", "-t", "-n", "nobody")


def test_a_table_holds_every_name_whole(desk: Desk) -> None:
    names = ["[red]relax[/red]", "[/]", ":smile:", "é", "x" * 300]
    desk.login.add(*(fw(n, shell("true"), name=name) for n, name in enumerate(names, 1)))
    printed = desk.tell("get_wflows", "-t", "-d", "more")
    assert all(f"{name}--{n}" in printed for n, name in enumerate(names, 1))


def test_wflows_by_any_of_their_fireworks(three: Desk) -> None:
    assert three.get("get_wflows", "-i", "3", "-d", "ids") == 1
    assert three.get("get_wfs", "-s", "RESERVED", "-d", "ids") == 1


# --- get_launchdir, get_qids
def test_launchdir_and_qids(three: Desk) -> None:
    assert three.tell("get_launchdir", "1") == f"{three.folder / 'launch'}\n"
    assert three.tell("get_launchdir", "2") == "None\n"
    assert three.tell("get_launchdir", "1", "--launch_idx", "3") == "None\n"
    assert three.tell("get_qids", "-i", "1,2") == "4711\nNone\n"


def test_unknown_ids_are_named(three: Desk) -> None:
    for command in ("get_fws", "get_wflows"):
        for how in ("ids", "count", "less"):
            assert "No Firework exists with id: 98, 99" in three.refuse(command, "-i", "1,99,98", "-d", how)
