"""Whether an error says that the data base is away, full or overrun, and not that a statement of ours is wrong."""

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
# Classes of SQLSTATE: connection, rights to log in, resources, an operator's doing (PostgreSQL, appendix A)
_POSTGRESQL = ("08", "28", "53", "57")


def away(error: BaseException | None) -> bool:
    """True where the same request may succeed later. Lost connections bear no SQLSTATE at all."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    cause = error.__cause__
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    if code is not None:
        return code & 0xFF in _SQLITE  # the rest says more of the same
    if state is not None:
        return str(state).startswith(_POSTGRESQL)
    return isinstance(error, OperationalError | InterfaceError)
