"""What a transaction says to a PostgreSQL server, straight on libpq.

Each question is a round trip to another process, mostly on another machine. So what needs no answer waits, and is sent
together with the next question or with the commit (a *pipeline*, as libpq calls it). Each statement is prepared once in
a connection's life. psycopg's cursors can do both, but take three times as long for a statement.

Between two exchanges the connection is as psycopg expects it, so SQLAlchemy may use it, too: for statements that are
made for one question, see `Wire.connection`.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, error_message
from sqlalchemy import Insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from longfuse.store.driver import Driver
from longfuse.store.idsets import of_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from psycopg.pq.abc import PGresult
    from sqlalchemy import Connection
    from sqlalchemy.sql.expression import Executable

    from longfuse.store.driver import Form, Values

BEGIN = "BEGIN"
BEGIN_VIEW = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COMMIT = "COMMIT"
_NUMBER = "SELECT pg_current_xact_id_if_assigned()::text"

TOGETHER = 1000
"""So many statements are sent at once, and no more: they and their answers take memory."""

COPIED = 50
"""From so many on, new rows of a table are copied into it."""

CANCEL_S = 5.0
"""So long it may take to tell the server that nobody waits for it any more."""

_DOLLARS: Any = cast("Any", PGDialect_psycopg)(paramstyle="numeric_dollar")
"""SQLAlchemy's dialect with parameters as libpq wants them."""


Question = tuple[str | bytes | None, ...]
"""A statement and its parameters."""


class Request(NamedTuple):
    """A statement on its way.

    Attributes:
        sql: With ``$1`` for the first parameter.
        parameters: As texts.
        receive: What to do with the answer; None if nobody asks for it.
    """

    sql: str
    parameters: list[bytes | None]
    receive: Callable[[PGresult], None] | None = None


class Session:
    """A connection, and what was prepared in it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._libpq = connection.pgconn
        self._names: dict[str, bytes] = {}
        self._numbers = count(1)
        self._transformer = Transformer(connection)
        self.guesses: dict[Any, Any] = {}

    def exchange(self, requests: Sequence[Request]) -> None:
        """Send all of these at once, and wait for the answers.

        Raises:
            psycopg.Error: One failed, so nothing was done of those after it; or the connection is lost.
        """
        new = {request.sql for request in requests} - self._names.keys()
        try:
            answers = self._answers(requests)
        except psycopg.Error:
            self.connection.close()
            raise
        except BaseException:  # a signal: what is still on its way is not known
            self._cancel()
            self.connection.close()
            raise
        for receive, answer in answers:
            if answer.status == ExecStatus.FATAL_ERROR:
                for sql in new:
                    self._names.pop(sql, None)
                raise error_from_result(answer)
            if receive is not None:
                receive(answer)

    def rows(self, answer: PGresult) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        self._transformer.set_pgresult(answer)
        rows = self._transformer.load_rows(0, answer.ntuples, tuple)
        self._transformer.set_pgresult(None)
        return rows

    def _answers(self, requests: Sequence[Request]) -> list[tuple[Callable[[PGresult], None] | None, PGresult]]:
        libpq = self._libpq
        libpq.enter_pipeline_mode()
        receivers: list[Callable[[PGresult], None] | None] = []
        for sql, parameters, receive in requests:
            name = self._names.get(sql)
            if name is None:
                name = self._names[sql] = b"longfuse_%d" % next(self._numbers)
                libpq.send_prepare(name, sql.encode())
                receivers.append(None)
            libpq.send_query_prepared(name, parameters)
            receivers.append(receive)
        libpq.pipeline_sync()
        answers = list(zip(receivers, self._received(), strict=True))
        libpq.exit_pipeline_mode()
        return answers

    def _received(self) -> Iterator[PGresult]:
        """The answers up to the end of the pipeline."""
        libpq, ready = self._libpq, select.poll()
        ready.register(libpq.socket, select.POLLIN | select.POLLOUT)
        while libpq.flush():  # the server may wait, too, until we read its answers
            ready.poll()
            libpq.consume_input()
        ready.modify(libpq.socket, select.POLLIN)
        while True:
            while libpq.is_busy():
                ready.poll()
                libpq.consume_input()
            answer = libpq.get_result()  # None after the last one of a statement
            if answer is None and libpq.status == ConnStatus.BAD:
                raise psycopg.OperationalError(error_message(libpq))
            if answer is not None:
                if answer.status == ExecStatus.PIPELINE_SYNC:
                    return
                yield answer

    def _cancel(self) -> None:
        """So that the server does not wait for a lock any more, and lets go of those it has."""
        with suppress(psycopg.Error):
            if hasattr(self.connection, "cancel_safe"):  # since psycopg 3.2
                self.connection.cancel_safe(timeout=CANCEL_S)
            else:
                self.connection.cancel()


class Wire(Driver):
    """A `longfuse.store.driver.Driver` of one transaction.

    Args:
        connection: In no transaction of the server's.
        begin: How it begins.
    """

    def __init__(self, connection: Connection, begin: str) -> None:
        self._connection = connection
        self._dialect = _DOLLARS
        self._session = _session(connection)
        self._unsaid = [Request(begin, [])]
        self._foreseen: dict[Question, list[PGresult]] = {}
        self._answered: dict[Question, list[PGresult]] = {}
        self._may_write = begin == BEGIN
        self._begun = False
        self.number: str | None = None
        """The transaction's number; None as long as it has not changed anything, nor taken a lock."""

    @property
    def connection(self) -> Connection:
        """For statements that are made for one question; what was said before has succeeded."""
        self._forget_foreseen()
        self.settle()
        return self._connection

    @property
    def guesses(self) -> dict[Any, Any]:
        """What one transaction of the connection may tell the next one, which must not rely on it."""
        return self._session.guesses

    # --- statements
    def foresee(self, statement: Executable, values: Values = {}) -> None:  # noqa: B006 - it is only read
        """Ask this, too, when something is asked: the answer is there when it is wanted.

        It is good until something is changed or another question takes the way to the server.
        """
        sql, texts = _said(self._form(statement, values), values)
        question = sql, *texts
        if question not in self._foreseen and question not in self._answered:
            answers: list[PGresult] = []
            self._foreseen[question] = answers
            self._unsaid.append(Request(sql, texts, answers.append))

    def _asked(self, statement: Executable, values: Values) -> tuple[Form, Sequence[Any]]:
        form = self._form(statement, values)
        sql, texts = _said(form, values)
        question = sql, *texts
        answers = self._answered.pop(question, None)
        if answers is None:
            answers = self._foreseen.get(question)
            if answers is None:
                answers = []
                self._unsaid.append(Request(sql, texts, answers.append))
            self.settle()
        return form, self._session.rows(answers[0])

    def run(self, statement: Executable, values: Values) -> None:
        """Run a statement, at the latest with the commit."""
        self._forget_foreseen()
        self._unsaid.append(Request(*_said(self._form(statement, values), values)))
        if len(self._unsaid) >= TOGETHER:
            self.settle()

    def run_all(self, statement: Executable, several: Iterable[Values]) -> None:
        """Run it for each of these; all have the same parameters."""
        several = list(several)
        if len(several) >= COPIED and isinstance(statement, Insert):
            self._copy(statement, several)
            return
        for values in several:
            self.run(statement, values)

    def _copy(self, statement: Insert, several: Sequence[Values]) -> None:
        """Add rows by ``COPY``."""
        form = self._form(statement, several[0])
        self._forget_foreseen()
        self.settle()
        into = f"COPY {statement.table} ({', '.join(form.names)}) FROM STDIN"
        with self._session.connection.cursor() as cursor, cursor.copy(into) as copy:
            for values in several:
                copy.write_row(form.parameters(values))

    def _forget_foreseen(self) -> None:
        self._foreseen.clear()
        self._answered.clear()

    # --- the transaction
    @property
    def lost(self) -> bool:
        """Whether there is no connection any more."""
        return self._session.connection.closed

    def settle(self) -> None:
        """Send what waits, and see that it succeeds."""
        if self._unsaid:
            self._say()

    def commit(self) -> None:
        """Keep what was done.

        The number is known before the server is told, so that it can be asked what became of it.
        """
        if not self._begun and len(self._unsaid) == 1:
            return  # nothing was ever said
        if self.number is None:
            self._say()
        self._may_write = False
        answers: list[PGresult] = []
        self._unsaid.append(Request(_COMMIT, [], answers.append))
        self._say()
        if answers[0].command_status != _COMMIT.encode():
            raise psycopg.errors.InFailedSqlTransaction("something in it has failed before")

    def _say(self) -> None:
        said, self._unsaid = self._unsaid, []
        if self._may_write and self.number is None:
            said.append(Request(_NUMBER, [], self._numbered))
        self._answered, self._foreseen = self._foreseen, {}
        self._begun = True
        self._session.exchange(said)

    def _numbered(self, answer: PGresult) -> None:
        self.number = self._session.rows(answer)[0][0]


def is_readable(socket: int) -> bool:
    """Whether something has come: where nothing was asked, the server's goodbye."""
    ready = select.poll()
    ready.register(socket, select.POLLIN)
    return bool(ready.poll(0))


def _session(connection: Connection) -> Session:
    """The same as long as the connection lives."""
    session = connection.info.get("session")
    if session is None:
        bare = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        session = connection.info["session"] = Session(bare)
    return cast("Session", session)


def _said(form: Form, values: Values) -> tuple[str, list[bytes | None]]:
    """A statement and its parameters as libpq takes them; their types are in the statement."""
    sql, parameters = form.sql, form.parameters(values)
    for place, value in enumerate(parameters):
        if isinstance(value, list) and len(value) == 1:
            sql, parameters[place] = of_one(sql, place + 1), value[0]
    return sql, [None if value is None else _TEXT[type(value)](value) for value in parameters]


def _text(value: str) -> bytes:
    text = value.encode()
    if b"\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


class _ByType(dict[type, Callable[[Any], bytes]]):
    """How values of each type are written."""

    def __missing__(self, kind: type) -> Callable[[Any], bytes]:
        self[kind] = next(self[base] for base in kind.__mro__ if base in self)
        return self[kind]


_TEXT = _ByType(
    {
        str: _text,
        int: lambda value: b"%d" % value,
        bool: lambda value: b"t" if value else b"f",
        float: lambda value: repr(value).encode(),
        list: lambda ids: f"{{{','.join(map(str, ids))}}}".encode(),
    }
)
