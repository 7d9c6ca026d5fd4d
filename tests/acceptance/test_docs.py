"""What the documentation says holds: links lead somewhere, examples are read, the tutorial runs as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.domain import yamlio

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
COMMANDS = DOCS / "reference" / "commands.md"
STEP_TIMEOUT_S = 60

_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_NOTE = re.compile(r"<!-- (?P<word>file|fails|repeat until)(?:: (?P<value>.*?))? -->\n\s*\Z")
_OPTION = r"-[lwcodq] +\S+|-ru +\S+|-r[hc](?: +\S*[.~]\S*)+|-[\w-]+"
_CALL = re.compile(rf"(?<![\w./-])(lpad|rlaunch|qlaunch)((?: +(?:{_OPTION}))*+) +([a-z_]+)\b")

named = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass(frozen=True)
class Block:
    """A fenced block, and the invisible note before it."""

    kind: str
    text: str
    note: str
    value: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in _FENCE.finditer(text):
        note = _NOTE.search(text[: match.start()])
        lines = [line.removeprefix(match["indent"]) for line in match["text"].splitlines(keepends=True)]
        found.append(Block(match["kind"], "".join(lines), note["word"] if note else "", (note and note["value"]) or ""))
    return found


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text())


def run(argv: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=STEP_TIMEOUT_S, check=False, **options)


# --- links
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.replace(" ", "-") for heading in plain}


@named
def test_links_lead_somewhere(page: Path):
    dangling = []
    for target in _LINK.findall(prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        if not goal.is_file() or (anchor and anchor not in anchors(goal)):
            dangling.append(target)
    assert not dangling


def test_every_page_can_be_reached_from_the_index():
    reached = {(DOCS / target.partition("#")[0]).resolve() for target in _LINK.findall(prose(DOCS / "index.md"))}
    assert {page for page in PAGES if page.is_relative_to(DOCS)} - reached == {DOCS / "index.md"}


# --- examples
@named
def test_examples_of_yaml_json_and_python_are_read(page: Path):
    readers = {"yaml": yamlio.load, "json": json.loads, "python": lambda text: compile(text, str(page), "exec")}
    for block in blocks(page):
        if block.kind in readers:
            readers[block.kind](block.text)


def test_the_queue_adapters_are_accepted(tmp_path: Path):
    from longfuse.queue.files import adapter_from_dict

    texts = [block.text for page in PAGES for block in blocks(page) if block.kind == "yaml"]
    texts.append((ROOT / "demo" / "files" / "my_qadapter.yaml").read_text())
    adapters = [yamlio.load(text) for text in texts if "_fw_q_type:" in text]
    assert len(adapters) >= 3
    for adapter in adapters:
        assert adapter_from_dict(adapter, "the example", tmp_path).render("/somewhere", "0" * 32)


# --- the tutorial
@pytest.fixture
def shell(tmp_path: Path):
    """Types a line in the tutorial's folder, as a user whose settings are elsewhere cannot disturb."""
    folder = tmp_path / "tutorial"
    home = tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
    }

    def type_in(line: str) -> subprocess.CompletedProcess[str]:
        argv = ["/bin/bash", "-c", line]
        done = run(argv, cwd=folder, env=environ)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    type_in.folder = folder
    return type_in


def lines_of(block: Block) -> list[str]:
    return [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_tutorial_runs_as_it_stands(shell):
    ran = 0
    for block in blocks(DOCS / "tutorial.md"):
        if block.note == "file":
            (shell.folder / block.value).write_text(block.text)
        elif block.kind == "console":
            ran += 1
            type_block(shell, block)
    assert ran > 10


def type_block(shell, block: Block) -> None:
    deadline = time.monotonic() + STEP_TIMEOUT_S
    while True:
        told = ""
        for line in lines_of(block):
            done = shell(line)
            assert (done.returncode != 0) == (block.note == "fails"), f"$ {line}\n{done.stdout}{done.stderr}"
            told += done.stdout + done.stderr
        if block.note != "repeat until" or block.value in told:
            break
        assert time.monotonic() < deadline, told
        time.sleep(0.2)
    assert_told(block, told)


def assert_told(block: Block, told: str) -> None:
    """What the block shows after its commands is what they print; ``...`` stands for anything."""
    shown = [line for line in block.text.splitlines() if not line.startswith("$ ")]
    if shown:
        pattern = r"\s*".join(".*?".join(map(re.escape, line.split("..."))) for line in shown)
        assert re.search(pattern, told, re.DOTALL), f"{block.text}\nis not what was printed:\n{told}"


# --- differences from FireWorks
def test_each_difference_says_why():
    rows = [line for line in (DOCS / "compat.md").read_text().splitlines() if line.startswith("| ")]
    assert len(rows) > 80
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4, row
        assert cells[3], row


# --- the how-tos
def test_the_python_example_runs(shell):
    (shell.folder / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
    [block] = [block for block in blocks(DOCS / "howto" / "python.md") if block.kind == "python"]
    (shell.folder / "example.py").write_text(block.text)
    assert shell("lpad reset && python example.py").stdout.splitlines() == ["2 READY", "relax"]


def test_the_firetask_example_runs(shell):
    task, workflow, _entry_point = (block.text for block in blocks(DOCS / "howto" / "firetask.md"))
    (shell.folder / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
    (shell.folder / "my_tasks.py").write_text(task)
    (shell.folder / "product.yaml").write_text(workflow)
    done = shell("lpad reset && lpad add product.yaml && PYTHONPATH=$PWD rlaunch singleshot && lpad get_fws -d all")
    launch = json.loads(done.stdout)["launches"][0]
    assert launch["action"]["stored_data"] == {"product": 42}, done.stderr


# --- the commands
def help_of(*argv: str) -> str:
    environ = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"}
    script = Path(sys.executable).parent / argv[0]
    done = run([script, *argv[1:], "-h"], env=environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def documented() -> dict[tuple[str, ...], str]:
    """The sections of the reference: the words of a command, and what is written below them."""
    parts = re.split(r"^#+ `(.*)`$", COMMANDS.read_text(), flags=re.MULTILINE)
    return {tuple(words.split()): text for words, text in zip(parts[1::2], parts[2::2], strict=True)}


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", text))


@pytest.mark.parametrize("command", ["lpad", "rlaunch", "qlaunch"])
def test_the_reference_has_every_command(command: str):
    listed = help_of(command).partition("  COMMAND\n")[2].partition("\n\n")[0]
    names = set(re.findall(r"^    (\w+)", listed, re.MULTILINE))
    assert names
    assert names == {words[1] for words in documented() if words[0] == command and len(words) == 2}


@pytest.mark.parametrize("words", sorted(documented()), ids=" ".join)
def test_the_reference_has_the_options_that_help_shows(words: tuple[str, ...]):
    help_text = help_of(*words)
    listed = set(re.findall(r"^ +(?:(-\w+)(?: \S+)?, )?(--?[\w-]+)", help_text, re.MULTILINE))
    real = {option for pair in listed for option in pair if option} - {"-h", "--help"}
    section = options_in(documented()[words])
    assert real <= section, f"missing in the reference: {sorted(real - section)}"
    assert section <= options_in(help_text), f"not in -h: {sorted(section - options_in(help_text))}"


def test_every_command_that_the_pages_name_exists():
    known = set(documented())
    wrong = []
    for page in PAGES:
        if page.name in ("compat.md", "fireworks.md"):  # they name what FireWorks has
            continue
        code = "\n".join([*re.findall(r"`([^`\n]+)`", prose(page)), *(block.text for block in blocks(page))])
        wrong += [(page.name, match[0]) for match in _CALL.finditer(code) if (match[1], match[3]) not in known]
    assert not wrong
