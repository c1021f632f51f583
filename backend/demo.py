"""The whole product on one machine with nothing but Python: `python -m backend.demo` (`make demo`).

Prepares DEMO_DIR once (settings with fresh secrets, a SQLite database, a made-up network), starts the stand-ins for
Stripe and Parliament, the web server and the worker, prints where to sign in, and stops everything cleanly. Running it
again keeps the data. No Django here: the settings must be in the environment before Django starts.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90.0  # seconds for a server to answer before we give up
STOP_WITHIN = 20.0  # seconds for a process to end by itself
OPENING_PENCE = "10000000"  # what the made-up network holds with the stand-in: 100,000 pounds
SEED = ("--people", "30", "--organisations", "8", "--seed", "1")


def read_env(path: Path) -> dict[str, str]:
    """KEY=value lines; "#" begins a comment line."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)


def demo_env(folder: Path, port: int) -> dict[str, str]:
    """The demo's settings: what was written before is kept, except the addresses, which follow the port."""
    values = read_env(folder / "env")
    values.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    values.setdefault("VAULT_KEYS", "demo1:" + base64.b64encode(secrets.token_bytes(32)).decode())
    values.setdefault("STRIPE_SECRET_KEY", "sk_test_" + secrets.token_hex(12))
    values.setdefault(
        "STRIPE_WEBHOOK_SECRETS",
        ",".join(f"{name}:whsec_{secrets.token_hex(16)}" for name in ("platform", "connect", "thin")),
    )
    values |= {
        "OWN_WORDS_MODE": "demo",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "REDIS_URL": "",
        "EMAIL_URL": f"file://{folder / 'mail'}",
        "STATIC_DIR": str(folder / "static"),
        "CLOCK_FILE": str(folder / "clock"),
        "ANCHOR_PATH": str(folder / "anchors.jsonl"),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{port + 1}",
        "PARLIAMENT_API_BASE": f"http://127.0.0.1:{port + 2}",
    }
    return values


def write_env(folder: Path, values: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mail").mkdir(exist_ok=True)
    fresh = folder / "env.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.replace(folder / "env")


def process_env(values: Mapping[str, str]) -> dict[str, str]:
    """Our own environment without any other product settings that happen to be set in it."""
    from backend.config.env import KNOWN, SECRET_FILES

    ours = {*KNOWN, *(f"{name}_FILE" for name in SECRET_FILES), "DJANGO_SETTINGS_MODULE"}
    outer = {name: value for name, value in os.environ.items() if name not in ours}
    return {**outer, **values, "PYTHONUNBUFFERED": "1"}


class Demo:
    """The processes of one run."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.values = demo_env(folder, port)
        self.env = process_env(self.values)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = threading.Event()

    # -- once ---------------------------------------------------------------------------------------------------

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, check=True)  # noqa: S603

    def prepare(self) -> None:
        """Settings, tables, static files, and the made-up network unless it is there already."""
        write_env(self.folder, self.values)
        seeded = self.folder / "seeded"
        if not seeded.exists():  # never begun, or interrupted half-way: start from an empty database
            for path in self.folder.glob("db.sqlite3*"):
                path.unlink()
            shutil.rmtree(self.folder / "mail", ignore_errors=True)
            (self.folder / "mail").mkdir()
        print("Preparing the database ...", flush=True)
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.start_stand_ins()
        if not seeded.exists():
            print("Making up a network of people, organisations and requests ...", flush=True)
            self.manage("seed", *SEED)
            seeded.write_text("yes\n", encoding="utf-8")
        if not (self.folder / "access.json").exists():
            self.manage("demo_access", "--write", str(self.folder / "access.json"))

    # -- processes ----------------------------------------------------------------------------------------------

    def start(self, name: str, command: Sequence[str]) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        # A process group of its own, so that Ctrl-C reaches only us and we stop the children in order.
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=ROOT, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        log.close()

    def start_stand_ins(self) -> None:
        python = sys.executable
        self.start(
            "stripe",
            [
                python,
                "-m",
                "payments.gateways.standin",
                "--port",
                str(self.port + 1),
                "--book",
                str(self.folder / "stripe.sqlite3"),
                "--webhooks",
                f"{self.values['BASE_URL']}/webhooks/stripe",
                "--secrets",
                self.values["STRIPE_WEBHOOK_SECRETS"],
                "--opening",
                OPENING_PENCE,
            ],
        )
        self.start(
            "parliament",
            [python, "-m", "network.opportunities.parliament.standin", "--port", str(self.port + 2)],
        )

    def start_site(self) -> None:
        self.start("web", web_command(f"127.0.0.1:{self.port}", workers=2))
        self.start("worker", [sys.executable, "manage.py", "worker"])

    def wait_until_ready(self) -> None:
        """Until /health/ready answers 200. Raises SystemExit when a process ends or time runs out."""
        end = time.monotonic() + PATIENCE
        address = f"{self.values['BASE_URL']}/health/ready"
        while time.monotonic() < end and not self.stopping.is_set():
            self.check()
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(address, timeout=5) as answer,  # noqa: S310 - our own address
            ):
                if answer.status == 200:
                    return
            self.stopping.wait(0.3)
        if not self.stopping.is_set():
            raise SystemExit(f"{address} did not answer; see {self.folder}/web.log")

    def check(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None and not self.stopping.is_set():
                log = self.folder / f"{name}.log"
                tail = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
                raise SystemExit(f"{name} ended with code {child.returncode}. The end of {log}:\n{tail}")

    def announce(self) -> None:
        access = json.loads((self.folder / "access.json").read_text(encoding="utf-8"))
        base = self.values["BASE_URL"]
        for line in access["sign_in"]:
            print(f"sign-in: {line['role']} {base}/demo/sign-in/{line['token']}/")
        for line in access["api_client"]:
            print(f"api-client: {line['organisation']} {line['client_id']} {line['secret']}")
        print(f"mails: {base}/demo/outbox/")
        print(f"ready: {base}", flush=True)

    def stop(self) -> None:
        """Last started, first stopped; whoever does not end in time is killed."""
        for child in reversed(self.children.values()):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_WITHIN
        for child in self.children.values():
            try:
                child.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def run(self) -> None:
        def on_signal(number: int, frame: FrameType | None) -> None:
            self.stopping.set()

        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, on_signal)
        try:
            self.prepare()
            if not self.stopping.is_set():
                self.start_site()
                self.wait_until_ready()
            if not self.stopping.is_set():
                self.announce()
            while not self.stopping.wait(1):
                self.check()
        except subprocess.CalledProcessError as failed:
            if not self.stopping.is_set():
                raise SystemExit(f"{' '.join(failed.cmd[1:])} failed") from None
        finally:
            self.stop()
        print("stopped", flush=True)


def web_command(bind: str, *, workers: int) -> list[str]:
    """How the web server is started, here and in the container."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "backend.config.wsgi:application",
        "--bind",
        bind,
        "--workers",
        str(workers),
        "--worker-class",
        "sync",
        "--no-control-socket",
        "--max-requests",
        "10000",
        "--log-level",
        "warning",
    ]


def reset(folder: Path) -> None:
    """Forget the demo's data. Raises SystemExit for a folder that is not a demo's, so that nothing else is lost."""
    if not folder.exists():
        print(f"nothing to forget in {folder}")
        return
    if read_env(folder / "env").get("OWN_WORDS_MODE") != "demo":
        raise SystemExit(f"{folder} holds no demo; nothing was deleted")
    shutil.rmtree(folder)
    print(f"forgot {folder}")


def main() -> None:
    folder = Path(os.environ.get("DEMO_DIR") or ROOT / "var" / "demo").resolve()
    if sys.argv[1:] == ["--reset"]:
        reset(folder)
        return
    port = int(os.environ.get("PORT") or 8000)
    Demo(folder, port).run()


if __name__ == "__main__":
    main()
