"""Makes a LaunchPad with something of all that one can hold, and keeps it for the tests of upgrades; see ``README.md``.

``make.py KIND``, with KIND sqlite or postgresql. It asks of Longfuse only what each revision has had, so that it ran
with the code of every one: ``PYTHONPATH=OLD/src python make.py sqlite``.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ("sqlite", "postgresql")
SITE, BIG = "@SITE@", "@BIG@"

NOTHING = {"_fw_name": "ScriptTask", "script": "true"}
FAILS = {"_fw_name": "ScriptTask", "script": "exit 3"}
SAME = {"_dupefinder": {"_fw_name": "DupeFinderExact"}, "formula": "H₂O"}
TYPES = {
    "texts": ["größe", "汉字", "🧨", 'it\'s "quoted" \\ %s :name', "two\nlines", "nul \x00", "20240101T10", ""],
    "numbers": [0, -0.0, 1, 1.0, 1e300, 2**70, 0.1, float("nan"), float("-inf")],
    "others": [None, True, False, [], {}, {"": {"a.b": {"$c": [[]]}}}],
}


def fw(fw_id, *tasks, name="f", **spec):
    return {"fw_id": fw_id, "name": name, "spec": {**spec, "_tasks": list(tasks or [NOTHING])}}


def the_worker():
    """Who takes the Fireworks."""
    from longfuse import FWorker

    return FWorker("cluster ü", category="big", query={}, env={"bin": "/opt"})


class Filler:
    """Fills a LaunchPad whose jobs run below a folder."""

    def __init__(self, pad, site):
        self.pad, self.site, self.worker = pad, site, the_worker()
        self.numbers = iter(range(1, 1000))

    def fill(self):
        self.plain()
        self.states()
        self.actions()
        self.reruns()
        self.offline()
        self.duplicates()
        self.files()
        deleted = self.add(fw(1), name="deleted")
        self.pad.delete_wf(deleted[1])

    def add(self, *fireworks, links=None, name="w", metadata=None):
        """The Fireworks' ids, by those given here."""
        document = {"fws": list(fireworks), "links": links or {}, "metadata": metadata or {}, "name": name}
        return self.pad.add_documents([document])[0]

    def take(self, fw_id, state="RUNNING"):
        _, launch_id = self.pad.checkout_fw(
            self.worker, str(self.site / f"launch {next(self.numbers)}"), fw_id, state=state
        )
        assert launch_id is not None
        return launch_id

    def end(self, fw_id, state="COMPLETED", action=None):
        self.pad.complete_launch(self.take(fw_id), action, state)

    def plain(self):
        self.add(fw(1, name="types", **TYPES), name="größe 🧨", metadata={"who": "Ä", "n": [1, None, float("nan")]})
        self.add(fw(1, name="big", big=BIG))
        for priority in (5, 2.5, -1, 10**400, "high", None, True):
            self.add(fw(1, name="urgent", _priority=priority))
        for asked in ({"_category": "big"}, {"_category": ["big"]}, {"_fworker": "cluster ü"}, {"_fworker": "other"}):
            self.add(fw(1, name="for some", **asked))
        diamond = {"1": [2, 3], "2": [4], "3": [4]}
        ids = self.add(*(fw(n, name=f"diamond {n}") for n in range(1, 5)), links=diamond, name="diamond")
        self.end(ids[1])
        self.end(ids[2])

    def states(self):
        for word in ("defuse", "pause", "archive"):
            ids = self.add(fw(1, name=f"{word} 1"), fw(2, name=f"{word} 2"), links={"1": [2]}, name=word)
            if word == "archive":
                self.end(ids[1])
            getattr(self.pad, f"{word}_wf" if word == "archive" else f"{word}_fw")(ids[1])
        ids = self.add(
            *(fw(1, FAILS, name="fails"), fw(2), fw(3, name="tolerant", _allow_fizzled_parents=True)),
            links={"1": [2, 3]},
            name="fizzled",
        )
        self.end(ids[1], "FIZZLED")
        self.take(self.add(fw(1, name="running"))[1])
        ids = self.add(fw(1, name="lost"))
        self.take(ids[1])
        self.pad.mark_fizzled(self.pad.get_launch_ids({"fw_id": ids[1]})[0])

    def actions(self):
        from longfuse import Firework, FWAction, ScriptTask

        extra = Firework(ScriptTask.from_str("true"), {"added": "ü"}, name="added")
        before = Firework(ScriptTask.from_str("true"), name="detour")
        ids = self.add(fw(1, name="acts"), fw(2, name="child"), links={"1": [2]}, name="actions")
        stored = {"energy": float("nan"), "text": "µ", "big": BIG}
        self.end(
            ids[1], action=FWAction(stored, mod_spec=[{"_set": {"a": {"b": 1}}}], additions=[extra], detours=[before])
        )
        ids = self.add(fw(1, name="defuses"), fw(2, name="held"), links={"1": [2]}, name="held by an action")
        self.end(ids[1], action=FWAction(defuse_children=True))

    def reruns(self):
        ids = self.add(fw(1, name="again"), fw(2), links={"1": [2]}, name="rerun")
        self.end(ids[1], "FIZZLED")
        self.pad.rerun_fw(ids[1])
        self.end(ids[1])
        self.pad.rerun_fw(ids[1])

    def offline(self):
        tracked = {"_trackers": [{"filename": "out.txt", "nlines": 5}]}
        self.submit("recovered", run=True, **tracked)
        self.submit("failed", FAILS, run=True)
        self.command("recover_offline")
        self.submit("queued")
        self.submit("done", {"_fw_name": "ScriptTask", "script": "echo done > out.txt"}, run=True, **tracked)
        self.pad.forget_offline(self.submit("forgotten"))
        refused = self.take(self.add(fw(1, name="refused"))[1], "RESERVED")
        self.pad.fail_submission(refused, "invalid partition ü")
        self.take(self.add(fw(1, name="reserved, no job"))[1], "RESERVED")

    def submit(self, name, *tasks, run=False, **spec):
        from longfuse.launchdir.prepare import prepare

        place = self.site / "jobs" / name
        taken = self.pad.reserve(self.worker, place, fw_id=self.add(fw(1, *tasks, name=name, **spec))[1])
        place.mkdir(parents=True)
        prepare(str(place), taken.document, taken.ticket)
        self.pad.record_submission(taken.launch_id, f"job-{taken.launch_id}", {})
        if run:
            start("longfuse.cli.rlaunch", place, "singleshot", "--offline")
        return taken.launch_id

    def command(self, *words):
        self.pad.close()
        start("longfuse.cli.lpad", self.site, *words)

    def duplicates(self):
        import longfuse.domain

        one, other = self.add(fw(1, name="one", **SAME))[1], self.add(fw(1, name="other", **SAME))[1]
        if (Path(longfuse.domain.__file__).parent / "dupefinder.py").exists():  # since revision 0002
            self.end(one)
            self.pad.checkout_fw(self.worker, str(self.site / "launch of a duplicate"), other)
        self.add(fw(1, name="third", **SAME))
        self.add(fw(1, name="no duplicate", text='the word "_dupefinder" alone'))

    def files(self):
        from longfuse.store import seam

        if not hasattr(seam.Transaction, "put_file"):
            return  # files came with revision 0002
        from longfuse.store.records import FileRecord

        content = [bytes(range(256)), b"", b"end \x00"]
        for pad, identifier in (("filepad", "größe.dat"), ("other", "größe.dat"), ("filepad", "empty")):
            chunks = content if identifier != "empty" else []
            record = FileRecord(
                pad=pad,
                identifier=identifier,
                gfs_id=f"{pad}{identifier}".encode().hex()[:24].ljust(24, "0"),
                original_file_name=None,
                original_file_path="/data/ü",
                metadata={"nan": float("nan")},
                compressed=False,
                size=sum(map(len, chunks)),
                created_on=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
            )
            with self.pad._store.write() as tx:
                tx.put_file(record, chunks)


def start(module, folder, *words):
    """One of the commands, of the code at hand."""
    program = f"import sys; from {module} import main; sys.exit(main({list(words)!r}))"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "LONGFUSE_"))}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=plain | {"HOME": str(folder)}, capture_output=True, check=False
    )
    assert done.returncode in (0, 1), (done.stdout + done.stderr).decode()  # a task fails, a launch has no directory


def told(pad):
    """What a LaunchPad says of all that it has, in a form that any later code can tell, too."""
    from longfuse.domain.query import parse
    from longfuse.store.seam import Collection

    with pad._store.write() as tx:
        ready = tx.take_ready(None, limit=1000)
        ready_for_worker = tx.take_ready(parse(the_worker().query), limit=1000)
    with pad._store.read() as reader:
        runs = {run.launch_id: [run.fw_id, run.name, run.reservation_id] for run in reader.open_offline_runs(None)}
        same = list(reader.find(Collection.FIREWORKS, parse({"spec.formula": SAME["formula"]})))
        files = [
            [name, one.identifier, one.gfs_id, one.size, one.metadata, b"".join(reader.file_chunks(one.file_id)).hex()]
            for name in ("filepad", "other")
            for one in (reader.files(name) if hasattr(reader, "files") else [])
        ]
    return {
        "launchpad_id": pad.launchpad_id(),
        "counts": {str(state): count for state, count in pad.get_state_counts().items() if count},
        "workflows": [pad.get_wf_dict_by_fw_id(wf_id) for wf_id in pad.get_wf_ids()],
        "ready": ready,
        "ready for the worker": ready_for_worker,
        "launches": pad.get_launch_ids(),
        "open runs": runs,
        "same": same,
        "files": files,
    }


def hidden(text, site):
    """Without what only this machine has."""
    import longfuse
    from longfuse.domain.launch import local_host, local_ip

    for here, word in (
        (str(site), SITE),
        (str(Path(longfuse.__file__).parents[1]), "/opt/longfuse/src"),
        (local_host(), "node7"),
        (socket.gethostname(), "node7"),
        (local_ip(), "10.0.0.7"),
    ):
        text = text.replace(here, word)
    return text


def keep(folder, dump, document, site):
    """Write the files of a revision."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "launchpad.sql").write_text(hidden(dump, site))
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / "expected.json").write_text(hidden(text, site) + "\n")
    for job in ("queued", "done"):
        (folder / "jobs" / job).mkdir(parents=True)
        for path in (site / "jobs" / job).iterdir():
            if path.is_file():
                (folder / "jobs" / job / path.name).write_text(hidden(path.read_text(), site))


@contextmanager
def database(kind, site):
    """A URL, and what dumps it."""
    if kind == "sqlite":
        yield f"sqlite:///{site}/launchpad.db", lambda: dump_sqlite(site / "launchpad.db")
        return
    sys.path.insert(0, str(HERE.parents[2]))
    from tests import postgres

    with postgres.running() as server:
        url = server.new_database()
        yield url, lambda: dump_postgres(postgres.tools() / "pg_dump", url)


def dump_sqlite(path):
    with closing(sqlite3.connect(path)) as connection:
        lines = [line.replace(",Inf,", ",9e999,") for line in connection.iterdump()]  # SQLite reads no Inf
    return "\n".join(lines) + "\n"


def dump_postgres(pg_dump, url):
    argv = [pg_dump, "--inserts", "--no-owner", "--no-privileges", "--no-comments", url.replace("+psycopg", "")]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    settings = ("\\", "--", "SET ", "SELECT pg_catalog.set_config")
    return "\n".join(line for line in lines if line and not line.startswith(settings)) + "\n"


def main(kind):
    from longfuse import LaunchPad
    from longfuse.store import schema

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder).resolve()
        with database(kind, site) as (url, dump):
            (site / "my_launchpad.yaml").write_text(f"url: {url}\n")
            with closing(LaunchPad(url, create=True)) as pad:
                Filler(pad, site).fill()
                document = told(pad)
            try:
                from longfuse.store import revision as place
            except ImportError:
                place = schema  # until revision 0003
            revision = place.HEAD
            keep(HERE / kind / revision, dump(), document, site)
    print(f"{kind} {revision}: {len(document['workflows'])} workflows, {document['counts']}")


if __name__ == "__main__":
    if sys.argv[1:] not in [[kind] for kind in KINDS]:
        sys.exit(__doc__)
    main(sys.argv[1])
