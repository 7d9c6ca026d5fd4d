import bz2
import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longfuse.domain.tracker import Tracker
from longfuse.errors import InputError


def test_wire():
    assert Tracker("a.txt").to_dict() == {"filename": "a.txt", "nlines": 25, "allow_zipped": False}
    full = {"filename": "a.txt", "nlines": 3, "allow_zipped": True, "content": "x"}
    assert Tracker.from_dict(full).to_dict() == full
    assert Tracker.from_dict({"filename": "a.txt"}).nlines == 25


def test_too_many_lines():
    Tracker("a.txt", 1000)
    with pytest.raises(InputError, match="1000"):
        Tracker("a.txt", 1001)


def test_text():
    assert str(Tracker("words.txt", content="7")) == "### Filename: words.txt\n7"


def test_last_lines_of_a_relative_name(tmp_path):
    (tmp_path / "out").write_text("1\n2\n3\n")
    tracker = Tracker("out", 2)
    assert tracker.track_file(tmp_path) == "2\n3"
    assert tracker.content == "2\n3"


def test_a_missing_file_keeps_what_was_seen(tmp_path):
    assert Tracker("out", content="before").track_file(tmp_path) == "before"


def test_bytes_that_are_no_utf8_survive(tmp_path):
    (tmp_path / "out").write_bytes(b"a\xff\n")
    assert Tracker("out").track_file(tmp_path).encode("utf-8", "surrogateescape") == b"a\xff"


@pytest.mark.parametrize(("ending", "opened"), [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open)])
def test_compressed(tmp_path, ending, opened):
    with opened(tmp_path / f"out.{ending}", "wb") as file:
        file.write(b"1\n2\n3\n")
    assert Tracker("out", 2, allow_zipped=True).track_file(tmp_path) == "2\n3"
    assert Tracker("out", 2).track_file(tmp_path) == ""


@given(st.lists(st.text("ab", max_size=9000), max_size=8), st.integers(0, 6), st.booleans())
def test_tail_is_the_tail(tmp_path_factory, lines, number, ended):
    path = tmp_path_factory.mktemp("t") / "out"
    path.write_text("\n".join(lines) + ("\n" if ended and lines else ""))
    expected = lines[-number:] if number else []
    if not ended and lines and lines[-1] == "":
        expected = lines[:-1][-number:] if number else []
    assert Tracker(str(path), number).track_file() == "\n".join(expected)


def test_a_huge_line_is_cut(tmp_path):
    (tmp_path / "out").write_bytes(b"x" * (3 << 20))
    assert len(Tracker("out").track_file(tmp_path)) == 1 << 20
