"""A site whose own processes die at each point on their way, and come back."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import requests

from tests.processes import ROOT, Engine, Process, Site

INJECT = Path(__file__).resolve().parent / "inject"
Mode = Literal["kill", "record"]


class ArmedSite(Site):
    """`mode="record"` runs undisturbed and writes the points down; `only` narrows to points that match."""

    def __init__(
        self,
        folder: Path,
        *,
        engine: Engine = "sqlite",
        redis: bool = False,
        mode: Mode = "kill",
        only: str = "",
        mutant: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, engine=engine, redis=redis, env=env, keep_alive=True)
        self.mode, self.only, self.mutant = mode, only, mutant
        self.journal = self.folder / "journal"
        self.journal.touch()
        self.nursery = self.folder / "nursery"  # a line for each death in it
        self.nursery.touch()

    def add(self, name: str, argv: Any, *, env: Mapping[str, str] | None = None, **kwargs: Any) -> Process:
        """Web dies worker by worker and its master forks anew; the others die as a whole, children included."""
        if name in ("web", "worker", "celery", "beat"):
            env = {
                "PYTHONPATH": f"{INJECT}{os.pathsep}{ROOT}",
                "OWN_WORDS_KILL_JOURNAL": str(self.journal),
                "OWN_WORDS_KILL_KIND": name,
                "OWN_WORDS_KILL_SCOPE": "process" if name == "web" else "group",
                "OWN_WORDS_KILL_MODE": self.mode,
                "OWN_WORDS_KILL_ONLY": self.only,
                "OWN_WORDS_MUTANT": self.mutant,
                **(env or {}),
            }
            argv = self._nursed(list(argv))
        if name in ("worker", "celery"):
            kwargs.setdefault("on_death", self.leases_run_out)
        return super().add(name, argv, env=env, **kwargs)

    def _nursed(self, argv: list[str]) -> list[str]:
        """The product's own workers come back from a nursery; other programs are started as they are."""
        nursery = [sys.executable, "-m", "tests.chaos.nursery", str(self.nursery)]
        if argv[1:3] == ["manage.py", "worker"]:
            return [*nursery, *argv[2:]]
        if argv[1:5] == ["-m", "celery", "-A", "backend.config.celery"]:
            return [*nursery, *argv[2:]]
        return argv

    def worker_deaths(self) -> int:
        """How often a worker died, in the nursery or by itself."""
        nursed = self.nursery.read_text(encoding="ascii").splitlines()
        return len(nursed) + sum(process.deaths for name, process in self.processes.items() if name != "web")

    def calm(self, seconds: float = 3, within: float = 300) -> bool:
        """Wait until nobody has died for some seconds: what a program does by itself at its start is through."""
        seen, since, end = -1, time.monotonic(), time.monotonic() + within
        while time.monotonic() < end:
            now = len(self.points())
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > seconds:
                return True
            time.sleep(0.2)
        return False

    def leases_run_out(self) -> None:
        """A worker died: go on as if the minutes of its lease had passed, and do not count the try.

        Only for a site with one worker process, where every lease was the dead one's. The tries are given back
        because a piece of work with many points on its way would otherwise look like poison, which kills its process
        at every try and is buried after five.
        """
        self.query(
            "UPDATE backend_work SET lease_until = NULL, lease_token = NULL, attempts = 0 "
            "WHERE state = 'ready' AND lease_token IS NOT NULL"
        )

    def points(self) -> list[str]:
        """The journal: every point at which a process died (or, recording, would have died)."""
        return self.journal.read_text(encoding="utf-8").splitlines()

    def by_kind(self) -> Counter[tuple[str, str]]:
        """How many points of which process and call: (web, commit) -> 31."""
        parts = [point.split(" | ") for point in self.points()]
        return Counter((kind, call) for kind, _side, call, *_ in parts)


class Patient(requests.Session):
    """A browser or program whose user tries again when the connection is cut. The same request, the same body:
    forms carry a hidden key and programs an Idempotency-Key, so that a second arrival has no second effect."""

    def __init__(self, tries: int = 100) -> None:
        super().__init__()
        self.trust_env = False  # no proxy between a test and its own machine
        self.tries, self.cuts = tries, 0

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        for _ in range(self.tries):
            try:
                return super().send(request, **kwargs)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.cuts += 1
                time.sleep(0.1)
        return super().send(request, **kwargs)
