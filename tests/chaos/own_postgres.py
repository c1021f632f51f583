"""A PostgreSQL server of a test's own, to be restarted without harm to anybody else."""

from __future__ import annotations

import contextlib
import getpass
import glob
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.ports import free_port
from tests.processes import Site


def _program(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), "")
    if not found:
        raise RuntimeError(f"{name} is needed for this bar: install PostgreSQL's server programs")
    return found


class OwnPostgres:
    """A cluster in a folder, on a free port. PostgreSQL refuses to run as root, so there it runs as `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.as_other = getpass.getuser() == "root"
        # Where another user may go too; a test's own folder is closed to others.
        self.folder = Path(tempfile.mkdtemp(prefix="own-words-pg-")) if self.as_other else folder
        self.restarts = 0

    def _run(self, *argv: str) -> None:
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if self.as_other else []
        subprocess.run([*prefix, *argv], check=True, capture_output=True, timeout=120, cwd="/")

    def _control(self, *argv: str) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run(_program("pg_ctl"), "-D", data, "-l", log, "-o", options, "-w", *argv)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.as_other:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(_program("initdb"), "-D", str(self.folder / "data"), "-U", "postgres", "--auth=trust", "-E", "UTF8")
        self._control("start")
        self._run(_program("createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "own_words")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(subprocess.SubprocessError):
            self._control("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/own_words"

    def restart(self) -> None:
        """As a crash of the server: every connection dies, what was not committed is gone."""
        self._control("restart", "-m", "immediate")
        self.restarts += 1

    def paid(self, site: Site) -> int:
        import psycopg

        try:
            return int(site.query("SELECT count(*) FROM payments_payout WHERE state = 'paid'")[0][0])
        except psycopg.Error:
            return -1
