"""``lpad migrate``: a whole LaunchPad from one database to another."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from longfuse.cli.opening import opening
from longfuse.cli.progress import Progress
from longfuse.errors import ConfigError, StoreUnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from longfuse.store.copying import Compared, Place
    from longfuse.store.sql import SqlStore

EXAMPLES = {
    "migrate": "lpad migrate my_launchpad.yaml postgresql+psycopg://me@db.example.org/longfuse",
}

DATABASE_FILE = "launchpad.db"

log = logging.getLogger("longfuse.lpad")


def _migrate_options(parser: argparse.ArgumentParser) -> None:
    place = "a my_launchpad.yaml, a URL, an SQLite file or its folder"
    parser.add_argument("source", metavar="FROM", help=f"the LaunchPad: {place}")
    parser.add_argument("target", metavar="TO", nargs="?", help="where it shall be; the same, empty or not there yet")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be copied")
    parser.add_argument("--undo", action="store_true", help="let FROM, which was moved away, be used again")
    parser.set_defaults(run=_migrate)


def _migrate(args: argparse.Namespace) -> int:
    from longfuse.cli.toplevel import start_log
    from longfuse.store.copying import undo

    start_log(args.loglvl or "INFO", silent=args.silencer)
    with ExitStack() as opened:
        source = _opened(opened, args.source)
        if args.undo:
            undo(source)
            print(f"{source.describe()['url']} may be used again")
            return 0
        if args.target is None:
            raise ConfigError("Where to? Say it as second word: lpad migrate FROM TO")
        if args.dry_run:
            return _tell_what(opened, source, args.target)
        return _move(source, _opened(opened, args.target, create=True))


def _tell_what(opened: ExitStack, source: Place, target: str) -> int:
    from longfuse.store.copying import check_target, row_counts

    try:
        check_target(source, _opened(opened, target))
    except StoreUnavailableError:
        print(f"{target} is not there yet; it would be made")
    for table, rows in row_counts(source).items():
        print(f"{rows:>10} {table}")
    return 0


def _move(source: Place, target: Place) -> int:
    from longfuse.store.copying import check_target, move

    check_target(source, target)
    log.info("Nobody can write to %s until it is copied and compared; reading goes on", source.describe()["url"])
    copied, compared = Progress("rows copied"), Progress("rows compared")
    try:
        results = move(source, target, copied, compared)
    finally:
        copied.end()
        compared.end()
    for result in results:
        print(_line(result))
    if not all(result.same for result in results):
        print("The copy differs. Nothing has changed hands; give the same command again.", file=sys.stderr)
        return 1
    url = target.describe()["url"]
    print(f"The LaunchPad is at {url} now: put that as `url` into each my_launchpad.yaml. The old one refuses changes.")
    return 0


def _line(result: Compared) -> str:
    here, there = result.rows
    if result.same:
        return f"same    {here:>10} {result.table}  {result.digests[0][:16]}"
    return f"DIFFERS {here:>10} {result.table}, there {there}"


def _opened(opened: ExitStack, word: str, *, create: bool = False) -> SqlStore:
    from longfuse.store.open import open_store

    with opening():
        store = open_store(_url(word, new=create), create=create, moving=True)
    return cast("SqlStore", opened.enter_context(closing(store)))


def _url(word: str, *, new: bool) -> str:
    """The URL that a word on the command line means."""
    from longfuse.launchpad.location import absolute_url, read_location
    from longfuse.store.revision import SQLITE

    if "://" in word:
        return absolute_url(word, Path.cwd())
    path = Path(word).expanduser().absolute()
    if path.suffix in (".yaml", ".yml", ".json"):
        return read_location(path).url
    if path.is_dir() or (new and word.endswith("/")):
        path /= DATABASE_FILE
    return SQLITE + str(path)


OPTIONS: dict[str, Callable[[Any], None]] = {"migrate": _migrate_options}
