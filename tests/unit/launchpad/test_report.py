"""How much was done when, and what failures have in common."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.domain.wire import now
from longfuse.errors import InputError
from longfuse.launchpad.introspect import Introspector, collect_stats, compare_stats, flatten_to_keys
from longfuse.launchpad.pad import LaunchPad
from longfuse.launchpad.report import DATE_KEYS, FWReport, state_to_color

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    yield launchpad
    launchpad.close()


def add(pad: LaunchPad, *fireworks: dict[str, Any], **metadata: Any) -> None:
    pad.add_documents([{"fws": list(fireworks), "links": {}, "metadata": metadata, "name": "w"}])


def end(pad: LaunchPad, fw_id: int, state: str, **stored: Any) -> None:
    taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=State.RUNNING)
    assert taken is not None
    pad.complete_launch(taken.launch_id, FWAction(stored_data=stored), state)


# --- report
def test_states_and_the_score(pad: LaunchPad) -> None:
    add(pad, *map(fw, range(1, 6)))
    for fw_id, state in ((1, "COMPLETED"), (2, "COMPLETED"), (3, "COMPLETED"), (4, "FIZZLED")):
        end(pad, fw_id, state)
    [stat] = FWReport(pad).get_stats(interval="years")
    assert stat["date_key"] == str(now().year)
    assert {state: number for state, number in stat["states"].items() if number} == {
        "COMPLETED": 3,
        "FIZZLED": 1,
        "READY": 1,
    }
    assert set(stat["states"]) == set(map(str, State)) == set(state_to_color)
    assert (stat["count"], stat["completed_score"]) == (5, 0.75)
    [launches] = FWReport(pad).get_stats("launches", "years")
    assert (launches["count"], launches["states"]["COMPLETED"]) == (4, 3)
    [workflows] = FWReport(pad).get_stats("wflows", "years")
    assert (workflows["count"], workflows["completed_score"]) == (1, 0)


def test_only_what_matches(pad: LaunchPad) -> None:
    add(pad, fw(1, x=1), fw(2, x=2))
    report = FWReport(pad)
    assert report.get_stats("fws", "years", 1, {"spec.x": 2})[0]["count"] == 1
    assert report.get_stats("fws", "years", 1, {"spec.x": 3}) == []


@pytest.mark.parametrize("interval", DATE_KEYS)
def test_only_so_many_intervals(pad: LaunchPad, interval: str) -> None:
    add(pad, fw(1))
    made = datetime.fromisoformat(pad.get_fw_dict_by_id(1)["updated_on"])
    report = FWReport(pad)
    span = {"years": 366, "months": 31, "days": 1, "hours": 1 / 24, "minutes": 1 / 1440}[interval]
    began = made.replace(day=1, month=1 if interval == "years" else made.month) if span > 1 else made
    following = began + timedelta(days=span)
    key = made.isoformat()[: DATE_KEYS[interval]]
    assert [stat["date_key"] for stat in report.get_stats("fws", interval, 1, now=made)] == [key]
    assert report.get_stats("fws", interval, 1, now=following) == []
    assert [s["date_key"] for s in report.get_stats("fws", interval, 2, now=following)] == [key]
    assert report.get_stats("fws", interval, 10**9, now=made)[0]["count"] == 1


def test_months_go_over_the_end_of_a_year(pad: LaunchPad) -> None:
    add(pad, fw(1))
    made = datetime.fromisoformat(pad.get_fw_dict_by_id(1)["updated_on"])
    in_january = datetime(made.year + 1, 1, 31, tzinfo=UTC)
    report = FWReport(pad)
    assert len(report.get_stats("fws", "months", 14 - made.month, now=in_january)) == 1
    assert report.get_stats("fws", "months", 13 - made.month, now=in_january) == []


@pytest.mark.parametrize("wrong", [("specs", "days", 1), ("fws", "weeks", 1), ("fws", "days", 0)])
def test_what_cannot_be_reported(pad: LaunchPad, wrong: tuple[str, str, int]) -> None:
    with pytest.raises(InputError):
        FWReport(pad).get_stats(*wrong)


def test_in_text(pad: LaunchPad) -> None:
    assert FWReport(pad).get_stats_str([]) == "There are no stats to display for the chosen time period."
    add(pad, fw(1), fw(2))
    end(pad, 1, "COMPLETED")
    report = FWReport(pad)
    lines = report.get_stats_str(report.get_stats(interval="years")).splitlines()
    assert lines[0] == f"Stats for time-period {now().year}"
    assert lines[1] == "=" * (len(lines[0]) + 1)
    assert lines[2:11] == [
        *("ARCHIVED : 0", "FIZZLED : 0", "DEFUSED : 0", "PAUSED : 0", "WAITING : 0", "READY : 1"),
        *("RESERVED : 0", "RUNNING : 0", "COMPLETED : 1"),
    ]
    assert lines[11:14] == ["", "total : 2", "C/(C+F) : 100.0%"]


@pytest.mark.parametrize("style", ["bar", "fill"])
def test_as_a_figure(pad: LaunchPad, style: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    add(pad, fw(1), fw(2))
    end(pad, 1, "COMPLETED")
    figure = FWReport(pad).plot_stats(interval="years", style=style)
    [axes] = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["READY", "COMPLETED"]
    assert [label.get_text() for label in axes.get_xticklabels()] == [str(now().year)]
    figure.savefig(tmp_path / "figure.png")
    with pytest.raises(InputError, match="bar or fill"):
        FWReport(pad).plot_stats(style="pie")


# --- introspect
@pytest.mark.parametrize(
    ("document", "levels", "keys"),
    [
        ({"a": 1, "b": "x"}, 2, ["a:%%:1", "b:%%:x"]),
        ({"a": {"b": {"c": 1}, "d": 2}}, 1, ["a:%%:<TRUNCATED_OBJECT>"]),
        ({"a": {"b": {"c": 1}, "d": 2}}, 2, ["a.b:%%:<TRUNCATED_OBJECT>", "a.d:%%:2"]),
        ({"a": {"b": {"c": 1}, "d": 2}}, 3, ["a.b.c:%%:1", "a.d:%%:2"]),
        ({"a": [1, {"b": 2}, []]}, 2, ["a:%%:1", "a.b:%%:2", "a:%%:[]"]),
        ({}, 2, []),
    ],
)
def test_flat_keys(document: dict[str, Any], levels: int, keys: list[str]) -> None:
    assert flatten_to_keys(document, max_recurs=levels) == keys


def test_comparing() -> None:
    assert collect_stats(["a", "b", "a", "c:%%:<TRUNCATED_OBJECT>"]) == {"a": 2, "b": 1}
    rows = compare_stats({"x:%%:1": 10, "y:%%:": 9}, 10, {"x:%%:1": 2, "y:%%:": 9, "z:%%:2": 10}, 10, threshold=10)
    assert rows == [("z", "2", 0, 10, -100.0), ("x", "1", 10, 2, 80.0)]
    assert compare_stats({}, 0, {}, 0) == []


def test_what_failures_have_in_common(pad: LaunchPad, capsys: pytest.CaptureFixture[str]) -> None:
    add(pad, *(fw(n, method="fast" if n < 4 else "slow", same=1) for n in range(1, 7)))
    for fw_id in range(1, 7):
        end(pad, fw_id, "FIZZLED" if fw_id < 4 else "COMPLETED", _exception={"_stacktrace": f"trace {fw_id > 1}"})
    add(pad, fw(7), group="bad")
    end(pad, 7, "FIZZLED")
    look = Introspector(pad)
    table = look.introspect_fizzled("fws")
    assert ("method", "fast", 0, 3, -75.0) in table
    assert table[-1] == ("method", "slow", 3, 0, 100.0)
    assert look.introspect_fizzled("wflows") == [("group", "bad", 0, 1, -50.0)]
    traces = look.introspect_fizzled("launches")
    assert traces == [(2, "trace True"), (1, "no stack trace"), (1, "trace False")]
    look.print_report(table, "fws")
    look.print_report(traces, "launches")
    printed = capsys.readouterr().out
    assert printed.splitlines()[:6] == [
        "-" * 39,
        "Introspection report for fireworks.spec",
        "-" * 39,
        "key     value  #C  #F  %C - %F",
        "------  -----  --  --  -------",
        "method  fast    0   3      -75",
    ]
    assert "----2 Failures have the following stack trace--------------\ntrace True\n" in printed


def test_tasks_and_limits(pad: LaunchPad) -> None:
    add(pad, fw(1, {"_fw_name": "ScriptTask", "script": "x"}), fw(2, {"_fw_name": "PyTask", "func": "f"}))
    end(pad, 1, "FIZZLED")
    end(pad, 2, "COMPLETED")
    rows = Introspector(pad).introspect_fizzled("tasks")
    assert ("_tasks._fw_name", "ScriptTask", 0, 1, -100.0) in rows
    assert ("_tasks._fw_name", "PyTask", 1, 0, 100.0) in rows
    with pytest.raises(InputError, match="There is no collection 'jobs'"):
        Introspector(pad).introspect_fizzled("jobs")


def test_the_newest_or_the_oldest(pad: LaunchPad) -> None:
    add(pad, fw(1, n=1), fw(2, n=2))
    end(pad, 1, "FIZZLED")
    end(pad, 2, "FIZZLED")
    look = Introspector(pad)
    assert [row[1] for row in look.introspect_fizzled(limit=1)] == ["2"]
    assert [row[1] for row in look.introspect_fizzled(limit=1, rsort=False)] == ["1"]
