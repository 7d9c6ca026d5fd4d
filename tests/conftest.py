"""For all tests: hypothesis measures no time, because the machine may be busy; and how many faults were tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import settings
from tests import postgres
from tests.faults import plan as faults
from tests.watching import asked_of_sqlite

settings.register_profile("longfuse", deadline=None, print_blob=True)
settings.load_profile("longfuse")


def pytest_configure() -> None:
    """Before workers of pytest-xdist are started."""
    faults.set_seed()


def pytest_report_header() -> str:
    return faults.header()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many faults were tried, of which kinds; with the seed, which an ``-q`` has kept from the header."""
    reports = chain(*(terminalreporter.getreports(outcome) for outcome in ("passed", "failed")))
    found = faults.totals([report for report in reports if report.when == "call"])
    if not found:
        return
    terminalreporter.section("faults")
    for kind, number in sorted(found.items()):
        terminalreporter.line(f"{number:7} {kind}")
    terminalreporter.line(f"{found.total():7} in all; {faults.header()}")


@pytest.fixture
def plan(request: pytest.FixtureRequest) -> faults.Plan:
    """Which faults this test tries, and how many it has tried."""
    tried: dict[str, int] = {}
    request.node.user_properties.append((faults.PROPERTY, tried))
    return faults.Plan(request.node.name, tried)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """All that this process asks SQLite from now on."""
    with asked_of_sqlite() as asked:
        yield asked


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this session's own, or of its worker's; with a template of an empty LaunchPad."""
    from longfuse.store.open import open_store

    with postgres.running() as server:
        server.run_sql(f"CREATE DATABASE {postgres.TEMPLATE} TEMPLATE template0")
        open_store(server.url(postgres.TEMPLATE), create=True).close()
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of an empty LaunchPad in a database of its own."""
    url = postgres_server.new_database(postgres.TEMPLATE)
    yield url
    postgres_server.drop(url)
