"""Long listings cost the same for each page, however long they are."""

from contextlib import closing

import pytest
from tests.watching import asked_of_sqlite

from longfuse import LaunchPad
from longfuse.launchpad.lookup import MOST_IDS, PAGE

TASK = {"_fw_name": "ScriptTask", "script": "true"}


@pytest.fixture(scope="module")
def statements():
    with asked_of_sqlite() as asked:
        yield asked


@pytest.fixture(scope="module")
def pad(tmp_path_factory, statements):
    folder = tmp_path_factory.mktemp("streams")
    with closing(LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)) as pad:
        fws = [{"fw_id": n, "name": "f", "spec": {"_tasks": [TASK]}} for n in range(1, 101)]
        pad.add_documents({"fws": fws, "links": {}, "name": "w"} for _ in range(8 * PAGE // 100))
        yield pad


SHOWN = {"less": ("spec", "launches", "archived_launches"), "more": ("spec", "archived_launches"), "all": ()}


@pytest.mark.parametrize("how", SHOWN)
def test_statements_for_each_page_of_fireworks(pad, statements, how):
    def cost(pages):
        statements.clear()
        assert sum(1 for _ in pad.get_fw_dicts(pad.each_fw_id(limit=pages * PAGE), SHOWN[how])) == pages * PAGE
        return sum(text.startswith(("SELECT", "WITH")) for text in statements)

    two, four, eight = cost(2), cost(4), cost(8)
    assert eight - four == 2 * (four - two)
    assert (four - two) / 2 <= 8, statements


def test_the_first_ids_come_before_most_are_read(pad, statements):
    statements.clear()
    ids = pad.each_fw_id()
    assert next(ids) == 1
    assert f"LIMIT {PAGE}" in statements[-2] + statements[-1]
    assert sum(1 for _ in ids) == 8 * PAGE - 1
    assert sum(f"LIMIT {MOST_IDS}" in text for text in statements) == 1


def test_the_first_fireworks_are_shown_before_more_are_read(pad, statements):
    statements.clear()
    shown = pad.get_fw_dicts(pad.each_fw_id())
    assert next(shown)["fw_id"] == 1
    assert not any(f"LIMIT {MOST_IDS}" in text for text in statements)
    shown.close()
