from __future__ import annotations

import subprocess

import pytest

from longfuse.queue import template


def test_a_line_without_its_value_is_left_out() -> None:
    assert template.fill("a=$${a}\nb=$${b}\nc\n", {"b": 2}) == "b=2\nc\n"


def test_of_a_line_with_two_places_both_are_needed() -> None:
    text = "-l nodes=$${nodes}:ppn=$${ppn}"
    assert template.fill(text, {"nodes": 2}) == "\n"
    assert template.fill(text, {"nodes": 2, "ppn": 4}) == "-l nodes=2:ppn=4\n"


def test_zero_is_a_value_and_nothing_is_not() -> None:
    assert template.fill("a=$${a}\nb=$${b}\nc=$${c}", {"a": 0, "b": "", "c": None}) == "a=0\n"


@pytest.mark.parametrize("text", ["echo $$", "kill -9 $$; echo $${not-a", "awk '{print $$1}'", "$$ $$", "price: $$5"])
def test_a_shells_own_dollars_stay(text: str) -> None:
    assert template.fill(text + "\n$${rocket}", {"rocket": text}) == f"{text}\n{text}\n"


def test_values_are_not_looked_at_again() -> None:
    assert template.fill("$${a}", {"a": "$${b} \\1 $$b", "b": "no"}) == "$${b} \\1 $$b\n"


def test_both_spellings_of_a_place() -> None:
    assert template.fill("$$a $${a} $${gpu-bind}", {"a": 1, "gpu_bind": "x"}) == "1 1 x\n"
    assert template.names("$$a $${gpu-bind} $${ntasks}") == {"a", "gpu_bind", "ntasks"}


def test_unbalanced_braces_are_text() -> None:
    assert template.fill("awk '{ print } }' $${x", {}) == "awk '{ print } }' $${x\n"


@pytest.mark.parametrize(
    "path", ["/plain", "/with blanks", "/it's", '/"q" $HOME `x` $(y)', "/two\nlines", "/-x", "/ü*?"]
)
def test_a_quoted_path_is_one_word_of_the_shell(path: str) -> None:
    done = subprocess.run(["/bin/bash", "-c", f"printf %s {template.quoted(path)}"], capture_output=True, check=True)
    assert done.stdout.decode() == path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relax.step-2_(b)", "relax.step-2_(b)"),
        ("a b/c", "a_b_c"),
        ("100%j", "100_j"),
        ("it's $HOME", "it_s__HOME"),
        ("two\nlines", "two_lines"),
        ("Müller", "Müller"),
    ],
)
def test_a_plain_name_needs_no_quotes(name: str, expected: str) -> None:
    assert template.plain_name(name) == expected
