"""Try doors and print, as one JSON object, what was met at each. Runs on any side of a firewall.

Doors: ``tcp:HOST:PORT`` (connected, or the system's error), ``file:PATH`` (exists or not), ``write:FOLDER`` (written,
or the error of making a file there), ``sqlite:PATH`` (opened, or the error of reading that database's schema).
"""

import contextlib
import json
import os
import socket
import sqlite3
import sys


def main() -> None:
    print(json.dumps({door: knock(door) for door in sys.argv[1:]}))


def knock(door: str) -> str:
    kind, _, where = door.partition(":")
    try:
        return {"tcp": connect, "file": look, "write": write, "sqlite": open_database}[kind](where)
    except TimeoutError:
        return "timed out"
    except OSError as error:
        return os.strerror(error.errno or 0)
    except sqlite3.Error as error:
        return str(error)


def connect(where: str) -> str:
    host, _, port = where.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=3):
        return "connected"


def look(where: str) -> str:
    os.stat(where)
    return "exists"


def write(folder: str) -> str:
    path = os.path.join(folder, f"knock-{os.getpid()}")
    with open(path, "x"):
        os.unlink(path)
    return "written"


def open_database(path: str) -> str:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("select count(*) from sqlite_master").fetchone()
        return "opened"


if __name__ == "__main__":
    main()
