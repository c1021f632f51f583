"""docker-compose.yml, Dockerfile and Caddyfile against the code: no Docker here, so each claim is checked by itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from gunicorn.config import Config  # type: ignore[import-untyped]

from backend.config.env import KNOWN, SECRET_FILES
from backend.demo import web_command

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDY = (ROOT / "deploy" / "Caddyfile").read_text()
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("own-words:")}
# What the tests run against, or what has been looked at; a new tag is a decision.
TAGS = {"postgres:15-bookworm", "redis:7.0-bookworm"}
BASES = {"python:3.11-slim-bookworm", "caddy:2.8-alpine"}


def test_the_parts_are_there() -> None:
    assert {"web", "worker", "worker-money", "beat", "migrate"} == OURS
    assert {"postgres", "redis", "proxy"} == set(SERVICES) - OURS


def test_image_tags() -> None:
    assert {s["image"] for name, s in SERVICES.items() if "build" not in s} == TAGS
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"own-words:${{OWN_WORDS_VERSION:-{version['version']}}}" in {SERVICES[name]["image"] for name in OURS}
    assert SERVICES["proxy"]["image"].endswith(f":-{version['version']}}}")
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert bases == BASES
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE))
    assert {s["build"]["target"] for s in SERVICES.values() if "build" in s} == stages - {"build"}
    assert version["requires-python"] == ">=3.11"


@pytest.mark.parametrize("name", sorted(OURS))
def test_environment_is_what_the_settings_read(name: str) -> None:
    environment = SERVICES[name]["environment"]
    for key, value in environment.items():
        if key.endswith("_FILE"):
            assert key.removesuffix("_FILE") in SECRET_FILES
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
        else:
            assert key in KNOWN
    given = {key.removesuffix("_FILE") for key in environment}
    assert {"SECRET_KEY", "VAULT_KEYS", "DATABASE_URL", "BASE_URL", "EMAIL_URL", "REDIS_URL"} <= given
    assert environment["OWN_WORDS_MODE"] == "production"
    for secret in SECRET_FILES:
        assert secret not in environment, "secrets come from files"


def test_secrets_are_files_that_are_not_in_the_repository_or_the_image() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")
    assert "secrets/" in (ROOT / ".gitignore").read_text().split()
    assert "secrets" in (ROOT / ".dockerignore").read_text().split()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_little_is_allowed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "cap_add" not in service
    assert service["user"] not in ("root", "0", "0:0")
    assert "logging" in service
    if name != "migrate":
        assert "healthcheck" in service
        assert service["restart"] == "unless-stopped"


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, s in SERVICES.items() if s.get("ports")] == ["proxy"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["back"]
    assert "back" not in SERVICES["proxy"]["networks"]


def test_the_proxy_listens_where_nobody_in_particular_may() -> None:
    listens = [re.search(rf"{scheme}_port (\d+)", CADDY)[1] for scheme in ("http", "https")]  # type: ignore[index]
    assert SERVICES["proxy"]["ports"] == [f"80:{listens[0]}", f"443:{listens[1]}"]
    assert f"EXPOSE {' '.join(listens)}" in DOCKERFILE
    assert min(map(int, listens)) >= 1024
    folder = SERVICES["proxy"]["volumes"][0].split(":")[1]
    assert re.findall(r"XDG_\w+=(/\w+)/", DOCKERFILE) == [folder, folder]
    assert f"chown -R {SERVICES['proxy']['user']} {folder}" in DOCKERFILE


def test_the_web_command_is_one_that_gunicorn_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    command = SERVICES["web"]["command"]
    assert command == json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))  # type: ignore[union-attr]
    for arguments in (command[1:], web_command("127.0.0.1:8000", workers=2)[3:]):
        parsed = Config().parser().parse_args(arguments)
        assert parsed.args == ["backend.config.wsgi:application"]
        assert parsed.worker_class == "sync"
    port = command[command.index("--bind") + 1].split(":")[1]
    assert SERVICES["web"]["expose"] == [port]
    assert f"EXPOSE {port}" in DOCKERFILE
    assert f"reverse_proxy web:{port}" in CADDY
    assert f":{port}/health/ready" in (ROOT / "deploy" / "healthy.py").read_text()


@pytest.mark.parametrize("name", ["worker", "worker-money", "beat"])
def test_celery_commands_and_queues(name: str) -> None:
    from celery.bin.celery import celery

    from backend.config.celery import QUEUES

    command = SERVICES[name]["command"]
    assert command[:3] == ["celery", "-A", "backend.config.celery"]
    known = {option for parameter in celery.commands[command[3]].params for option in parameter.opts}
    assert {word for word in command[4:] if word.startswith("--")} <= known
    if name != "beat":
        queues = command[command.index("--queues") + 1].split(",")
        assert set(queues) <= set(QUEUES)


def test_every_queue_has_a_worker() -> None:
    from backend.config.celery import QUEUES
    from backend.config.subscriptions import SUBSCRIPTIONS
    from backend.outbox.jobs import known

    served: set[str] = set()
    for name in ("worker", "worker-money"):
        command = SERVICES[name]["command"]
        served |= set(command[command.index("--queues") + 1].split(","))
    assert served == set(QUEUES)
    assert {s.queue for s in SUBSCRIPTIONS} | {job.queue for job in known()} <= served


def test_stopping_waits_for_work_in_hand() -> None:
    from backend.config.celery import app
    from backend.outbox.worker import LEASE

    for name in ("worker", "worker-money"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > app.conf.worker_soft_shutdown_timeout
    assert LEASE.total_seconds() > app.conf.task_time_limit


def test_tables_come_before_everything() -> None:
    migrate = "python manage.py migrate --noinput && python manage.py load_topics"
    assert SERVICES["migrate"]["command"] == ["sh", "-c", migrate]
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_whatever_the_image_copies_exists() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert {"tests", ".git", "var"} <= ignored
    volumes = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])]
    for volume in volumes:
        assert (ROOT / volume).exists() if volume.startswith("./") else volume in COMPOSE["volumes"]


def test_a_production_process_starts_with_these_variables_and_files(tmp_path: Path) -> None:
    """The same variables, outside a container: settings load, and the deployment check finds nothing."""
    from tests.deploy.check import PRODUCTION

    environment = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "backend.config.settings"}
    for key, value in SERVICES["web"]["environment"].items():
        name = key.removesuffix("_FILE")
        if key.endswith("_FILE"):
            path = tmp_path / name.lower()
            path.write_text(PRODUCTION.get(name, "") + "\n")
            environment[key] = str(path)
        else:
            environment[key] = PRODUCTION.get(name, value)
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
