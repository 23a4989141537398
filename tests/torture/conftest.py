"""A server that counts what it is paid for, a warm process to fork children from, and the scenarios in which they die."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from children import NAME, Children, Deed
from embedding import embedding
from serving import serving
from torment import GOLDEN, Scenario, Scenarios, config, copied, database

from seedgen import __version__
from seedgen.failpoints import POINTS
from seedgen.scripted.faults import FaultRates, parse_faults
from seedgen.scripted.server import ScriptedServer

CODES, BEGAN = pytest.StashKey[Counter[int]](), pytest.StashKey[float]()
"""How the children ended, and when the tests began."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", type=Path, help="write what came of it into this page, between the marks for it")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CODES], config.stash[BEGAN] = Counter(), time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """The result as JSON, into the page that quotes it."""
    page, codes = config.getoption("report", None), config.stash[CODES]
    if page is None:
        return
    found = {
        "version": __version__,
        "result": "passed" if exitstatus == 0 else "failed",
        "tests": len(terminalreporter.stats.get("passed", [])),
        "failed": len(terminalreporter.stats.get("failed", [])) + len(terminalreporter.stats.get("error", [])),
        "failpoints": len(POINTS),
        "processes": codes.total(),
        "killed": codes[-signal.SIGKILL],
        "seconds": round(time.monotonic() - config.stash[BEGAN]),
    }
    block = f"<!-- torture -->\n```json\n{json.dumps(found)}\n```\n<!-- /torture -->"
    text, marks = page.read_text(), re.compile("<!-- torture -->.*<!-- /torture -->", re.DOTALL)
    page.write_text(marks.sub(lambda _: block, text))


class Poisoned(FaultRates):
    """Some prompts are never answered, whoever asks how often."""

    def http_fault(self, digest: str, attempt: int) -> str | None:
        return "status_500" if digest.startswith("0") else None


@pytest.fixture(scope="session")
def server() -> Iterator[ScriptedServer]:
    with serving(faults=parse_faults("malformed=0,status_429=0.1"), latency=0.002) as running:
        yield running


@pytest.fixture(scope="session")
def children(request: pytest.FixtureRequest) -> Iterator[Children]:
    with Children() as running:
        yield running
        request.config.stash[CODES] = running.codes


@pytest.fixture(autouse=True)
def same_faults(request: pytest.FixtureRequest) -> None:
    """The server treats each test alike."""
    if "server" in request.fixturenames:
        request.getfixturevalue("server").attempts.clear()


@pytest.fixture(scope="session")
def scenarios(server: ScriptedServer, children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenarios]:
    """All of them, done once without disturbance."""
    empty, whole, by_name = tmp_path_factory.mktemp("empty"), {}, {}

    def add(name: str, what: str, base: Path, **settings: Any) -> None:
        runs = copied(base, tmp_path_factory.mktemp(name))
        deed = Deed(what, runs, passed=tmp_path_factory.mktemp("passed") / name, **settings)
        assert children.go(deed) == 0, (runs / "said").read_text()
        assert deed.passed
        by_name[name] = Scenario(replace(deed, passed=None), base, Counter(deed.passed.read_text().split()))
        whole[name] = runs

    with embedding() as embeddings, serving(faults=Poisoned(malformed=0)) as poisoned:
        settings = config(server.url)
        add("run", "run", empty, config=settings.to_json())
        add("resume", "resume", interrupted(children, settings, tmp_path_factory), settings={"limits.max_requests": None})
        add("migrate", "resume", golden(tmp_path_factory))
        add("export", "export", whole["run"])
        add("regate", "regate", whole["run"], settings={"gate.rouge.threshold": 0.5})
        add("change", "change", whole["run"], config=config(server.url, concurrency=2).to_json())
        semantic = {"semantic": {"enabled": True, "base_url": embeddings.base_url, "model": "letters", "threshold": 0.9995}}
        add("embed", "run", empty, config=config(server.url, 4, gate=semantic).to_json())
        teacher = {**settings.model_dump()["teachers"]["main"], "base_url": poisoned.url, "attempts": 2}
        add("poison", "run", empty, config=config(poisoned.url, teachers={"main": teacher}).to_json())
        free = {"main": {"kind": "scripted", "latency": 0.03}}
        add("free", "run", empty, config=config(server.url, 10, teachers=free).to_json())  # at the target a ticket too many is open
        yield Scenarios(by_name, whole)


def interrupted(children: Children, settings: Any, folders: pytest.TempPathFactory) -> Path:
    """A run stopped by a limit, half way."""
    runs = folders.mktemp("interrupted")
    limited = settings.model_copy(update={"limits": settings.limits.model_copy(update={"max_requests": 12})})
    assert children.go(Deed("run", runs, limited.to_json())) == 0
    return runs


def golden(folders: pytest.TempPathFactory) -> Path:
    """A finished run of the first schema."""
    runs = folders.mktemp("golden")
    (runs / NAME).mkdir()
    shutil.copyfile(GOLDEN, database(runs))
    return runs
