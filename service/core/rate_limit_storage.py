"""Storage of rate limits in an SQLite file: exact over all worker processes of a host. What is limited is elsewhere.

It implements the interface of `limits`, so every limit can be counted in it. `limits` itself has storages in memory,
which each process has to itself, and in servers such as Redis.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import ClassVar

from limits.storage import MovingWindowSupport, Storage

# A write takes about 0.1 ms. Only a process that is stopped within one lets the others wait longer than a moment; one
# that is killed leaves no lock behind.
BUSY_TIMEOUT_S = 2.0
WAL_RETRY_S = 0.01
PURGE_BATCH_SIZE = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (key TEXT NOT NULL, at REAL NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS ix_entries_key ON entries (key, at);
CREATE INDEX IF NOT EXISTS ix_entries_expires_at ON entries (expires_at);
CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, count INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS ix_counters_expires_at ON counters (expires_at);
"""


class SqliteStorage(Storage, MovingWindowSupport):
    """Counts in the file of `sqlite:////absolute/path`, which is opened on first use.

    One connection per process, used by one thread at a time. Each method is one transaction. Raise `StorageError`
    when the file cannot be used, or was locked for `BUSY_TIMEOUT_S`.
    """

    STORAGE_SCHEME: ClassVar[list[str]] = ["sqlite"]  # type: ignore[misc]  # an instance variable in the base class

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_options: float | str | bool) -> None:
        """Return the storage in the file of `uri`; nothing is opened yet."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._file = Path(uri.removeprefix("sqlite:///"))
        self._lock = Lock()
        self._opened: sqlite3.Connection | None = None

    def __del__(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return the errors that become a `StorageError`."""
        return sqlite3.Error, OSError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add `amount` entries, unless there would be more than `limit` in the last `expiry` seconds."""
        with self._transaction() as connection:
            now = time.time()
            (found,) = connection.execute(
                "SELECT count(*) FROM entries WHERE key = ? AND at >= ?", (key, now - expiry)
            ).fetchone()
            if found + amount > limit:
                return False
            connection.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)", [(key, now, now + expiry)] * amount
            )
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        """Return when the oldest entry of the last `expiry` seconds was added, and how many there are."""
        now = time.time()
        with self._connection() as connection:
            oldest, found = connection.execute(
                "SELECT min(at), count(*) FROM entries WHERE key = ? AND at >= ?", (key, now - expiry)
            ).fetchone()
        return (now if oldest is None else oldest), found

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to a counter and return it; a new one ends after `expiry` seconds."""
        with self._transaction() as connection:
            now = time.time()
            (count,) = connection.execute(
                "INSERT INTO counters VALUES (:key, :amount, :ends) ON CONFLICT (key) DO UPDATE SET"
                " count = CASE WHEN expires_at > :now THEN count ELSE 0 END + :amount,"
                " expires_at = CASE WHEN expires_at > :now THEN expires_at ELSE :ends END RETURNING count",
                {"key": key, "amount": amount, "now": now, "ends": now + expiry},
            ).fetchone()
            return int(count)

    def get(self, key: str) -> int:
        """Return a counter; 0 if there is none."""
        return int(self._counter(key)[0])

    def get_expiry(self, key: str) -> float:
        """Return when a counter ends; now if there is none."""
        return self._counter(key)[1]

    def clear(self, key: str) -> None:
        """Delete the counter and all entries of `key`."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM counters WHERE key = ?", (key,))
            connection.execute("DELETE FROM entries WHERE key = ?", (key,))

    def reset(self) -> int | None:
        """Delete everything; return the number of rows."""
        with self._transaction() as connection:
            statements = ("DELETE FROM counters", "DELETE FROM entries")
            return sum(connection.execute(statement).rowcount for statement in statements)

    def check(self) -> bool:
        """Tell whether the file can be used."""
        try:
            with self._transaction():
                return True
        except self.base_exceptions:
            return False

    def _counter(self, key: str) -> tuple[int, float]:
        now = time.time()
        with self._connection() as connection:
            found = connection.execute(
                "SELECT count, expires_at FROM counters WHERE key = ? AND expires_at > ?", (key, now)
            ).fetchone()
        return found or (0, now)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Begin a write transaction, and commit it; some of what has expired is deleted in it."""
        with self._connection() as connection:
            # Not a deferred one, which fails at its first write if another process has written since its first read.
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                _purge(connection)
                yield connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if not self._lock.acquire(timeout=BUSY_TIMEOUT_S):
            raise sqlite3.OperationalError("the storage of rate limits is locked")
        try:
            if self._opened is None:
                self._opened = _open(self._file)
            yield self._opened
        finally:
            self._lock.release()


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Let commits not wait for the disk; after a power failure the last ones may be missing.

    SQLite refuses at once, whatever the connection's time-out, while another process writes to a file that is not in
    WAL mode yet: workers that start together on a new file do.
    """
    began = time.monotonic()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() - began > BUSY_TIMEOUT_S:
                raise
            time.sleep(WAL_RETRY_S)
        else:
            return


def _purge(connection: sqlite3.Connection) -> None:
    now = time.time()
    for table in ("entries", "counters"):
        connection.execute(
            f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608 - one of two names
            f" (SELECT rowid FROM {table} WHERE expires_at <= ? LIMIT {PURGE_BATCH_SIZE})",
            (now,),
        )
