"""One run of the real command line against a teacher that fails on purpose, and everything it left behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from serving import serving

from seedgen import open_run
from seedgen.audit import check_run
from seedgen.cli import main
from seedgen.scripted.faults import NO_FAULTS, FaultRates
from seedgen.scripted.server import ScriptedServer
from seedgen.store.sqlite.packing import Packing

Capture = pytest.CaptureFixture[str]
CANARY = "sk-canary-Zq81xR4t0P"
PRICES = (1.5, 4.0)
CONCURRENCY, ATTEMPTS = 2, 3
SETTINGS: dict[str, Any] = {
    "window": 4,
    "gate.semantic.enabled": False,
    "gate.balance.enabled": False,
    "recipes.alpaca.count": 4,
    "limits.stall_tickets": 3,
    "teachers.main.attempts": ATTEMPTS,
    "teachers.main.timeout": 200,
    "teachers.main.input_price": PRICES[0],
    "teachers.main.output_price": PRICES[1],
}


@dataclass(frozen=True)
class Trial:
    """What came of a run: exit code, what `--json` said, all that was printed, its folder, and the server's view of it."""

    code: int
    told: Mapping[str, Any]
    printed: str
    folder: Path
    server: ScriptedServer

    @property
    def ended(self) -> tuple[int, str]:
        """Exit code and end; what was printed last where there was none."""
        return self.code, str(self.told.get("end") or self.printed[-500:])

    @property
    def message(self) -> str:
        return str(self.told.get("message"))

    @property
    def fingerprint(self) -> str:
        return open_run(self.folder.name, self.folder.parent).fingerprint()

    @property
    def calls(self) -> set[tuple[str, str]]:
        """The ways in which calls ended: state and error."""
        return {(state, error) for state, error in self.query("SELECT DISTINCT state, error FROM call")}

    @property
    def notes(self) -> set[str]:
        return {word for (words,) in self.query("SELECT notes FROM call") for word in words.split()}

    @property
    def most_attempts(self) -> int:
        """The most that one prompt was asked."""
        return max(self.server.attempts.values(), default=0)

    @property
    def most_answers(self) -> int:
        """The most answers that one prompt got, sent whole."""
        return max(self.server.whole.counts.values(), default=0)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "run.db") as database:
            return database.execute(sql).fetchall()


def tried(
    runs: Path,
    capfd: Capture,
    *,
    rates: Mapping[str, float] | None = None,
    first: Mapping[str, float] | None = None,
    recipe: str = "alpaca",
    target: int = 6,
    concurrency: int = CONCURRENCY,
    scheme: str = "http",
    latency: float = 0.0,
    **settings: Any,
) -> Trial:
    """`seedgen run` against a server with these faults. `settings` are dotted keys, with "__" for a dot."""
    wanted = ["run", "--name", "it", "--target", str(target), "--recipe", recipe, "--concurrency", str(concurrency), "--model", "scripted"]
    with serving(faults=faulty(rates, first), latency=latency) as server:
        return told(server, wanted, runs, capfd, SETTINGS | settings, scheme)


def in_three_starts(runs: Path, capfd: Capture, fault: str, **settings: Any) -> Sequence[Trial]:
    """A run of 8 items, its extension to 20 while the teacher has this fault, and the same when it is well again."""
    wanted = ["run", "--name", "it", "--target", "8", "--recipe", "alpaca", "--concurrency", "2", "--model", "scripted"]
    further = ["resume", "it", "--target", "20"]
    with serving(faults=NO_FAULTS) as server:
        first = told(server, wanted, runs, capfd, SETTINGS | settings)
        server.faults = faulty({fault: 1})
        second = told(server, further, runs, capfd, {})
        server.faults = NO_FAULTS
        return first, second, told(server, further, runs, capfd, {})


def faulty(rates: Mapping[str, float] | None, first: Mapping[str, float] | None = None) -> FaultRates:
    return replace(NO_FAULTS, http=rates or {}, first=first or {})


def gone_on(trial: Trial, capfd: Capture, **settings: Any) -> Trial:
    """The same run, continued with a teacher that is well again."""
    with serving(faults=NO_FAULTS) as server:
        return told(server, ["resume", "it"], trial.folder.parent, capfd, settings)


def told(
    server: ScriptedServer, command: list[str], runs: Path, capfd: Capture, settings: Mapping[str, Any], scheme: str = "http"
) -> Trial:
    """What a command came to that is given this server and these settings."""
    named = {key.replace("__", "."): value for key, value in settings.items()}
    flags = [part for key, value in named.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    code = main([*command, "--base-url", server.url.replace("http", scheme), "--runs", str(runs), "--json", *flags])
    out, err = capfd.readouterr()
    return Trial(code, json.loads(out) if out.strip() else {}, out + err, runs / "it", server)


def problems(trial: Trial) -> list[str]:
    """What `seedgen check` has against the run, and whether the money adds up: what its calls cost is what the server counted."""
    found = list(check_run(open_run(trial.folder.name, trial.folder.parent)).problems)
    ((cost,),) = trial.query("SELECT coalesce(sum(cost), 0) FROM call")
    counted = trial.server.whole.cost(*PRICES)
    return found if abs(cost - counted) < 1e-9 else [*found, f"its calls cost {cost}; the server counted {counted} for answers sent whole"]


def leaks(trial: Trial) -> list[str]:
    """Where the canary is: in what was printed, in the run's files, in what its database keeps packed."""
    found = [f"printed: {trial.printed[max(0, at - 100) : at + 40]}" for at in [trial.printed.find(CANARY)] if at >= 0]
    found += [path.name for path in sorted(trial.folder.rglob("*")) if path.is_file() and CANARY.encode() in path.read_bytes()]
    packing = Packing(dict(trial.query("SELECT name, source FROM template")))
    packed = trial.query("SELECT request FROM answer UNION ALL SELECT body FROM answer")
    return found + ["a packed answer" for (stream,) in packed if CANARY.encode() in packing.unpack(stream)]


def shown(trial: Trial, capfd: Capture) -> Trial:
    """The same trial, with everything printed that commands show of the run, and its items exported into its folder."""
    place = ["--runs", str(trial.folder.parent)]
    for command in ("status", "status --costs", "items", "items --verdict refused", "check", "log", "estimate --from"):
        name, *flags = command.split()
        assert main([name, *flags, "it", *place, "--json"]) in (0, 3), command
    assert main(["runs", *place, "--json"]) == 0
    for ticket in range(3):
        main(["show", "it", f"{ticket}.0", "--raw", *place])
    assert main(["export", "it", *place, "--out", str(trial.folder / "export.jsonl")]) == (0 if trial.told["accepted"] else 2)
    return replace(trial, printed=trial.printed + "".join(capfd.readouterr()))
