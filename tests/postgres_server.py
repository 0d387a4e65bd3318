"""A private PostgreSQL server of Debian's package, on a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PASSWORD = "s3cret/p@ss"
ACCOUNT = "postgres"
"""The account of Debian's package, as which the server runs where the tests run as root: it refuses root."""


def binaries():
    """Return the folder with initdb, None if PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), default=None)


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    folder: Path

    @property
    def uri(self):
        """Its address with the password, which only the driver may see."""
        return f"postgresql://owner:{quote(PASSWORD, safe='')}@{quote(str(self.folder), safe='')}/postgres"

    @property
    def bare(self):
        """Its address without the password."""
        return f"postgresql:///postgres?host={self.folder}&user=owner"

    def run(self, *statements):
        """Execute statements, each with its parameters."""
        import adbc_driver_postgresql.dbapi as driver

        with closing(driver.connect(self.uri)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def answer(self, statement):
        """Return the rows of a query."""
        import adbc_driver_postgresql.dbapi as driver

        with closing(driver.connect(self.uri)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def load(self, name, columns, rows):
        """Make a table of text, numbers and gaps."""
        quoted = '"' + name.replace('"', '""') + '"'
        defined = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        values = ", ".join(f"({', '.join(literal(row.get(column)) for column in columns)})" for row in rows)
        self.run(f"DROP TABLE IF EXISTS {quoted}", f"CREATE TABLE {quoted} ({defined})")
        if values:
            self.run(f"INSERT INTO {quoted} VALUES {values}")


def literal(value):
    """Return a value as SQL."""
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"


@contextmanager
def server(home):
    """Start a server with the binaries of a folder; all of it is gone at the end."""
    as_account = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="fairaudit-pg-"))
    try:
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if as_account:
            account = pwd.getpwnam(ACCOUNT)
            for path in (folder, folder / "password"):
                os.chown(path, account.pw_uid, account.pw_gid)

        def call(*words):
            subprocess.run([*as_account, *map(str, words)], check=True, capture_output=True, cwd="/")  # noqa: S603

        data = folder / "data"
        call(
            home / "initdb", "-D", data, "-U", "owner", "--pwfile", folder / "password", "-A", "scram-sha-256",
            "-E", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=20"
        # the log goes to a file: pg_ctl would wait for a pipe to close
        call(home / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield Server(folder)
        finally:
            call(home / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
