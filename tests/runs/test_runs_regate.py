"""Answers judged again under other rules: exact, without a teacher, and without touching the run they come from."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedding import embedding
from serving import serving

from seedgen import open_run, regate, resume, run
from seedgen.audit import check_run, nearest_by_rouge
from seedgen.check.output import check
from seedgen.config.model import Config, GateConfig, OutputConfig, parse_config
from seedgen.errors import RunConflict, UsageError
from seedgen.events import Event
from seedgen.language.text import normal_form
from seedgen.records import Candidate, Instance, Proposal, Vector
from seedgen.runs.regate import Vectors, same_vectors
from seedgen.scripted.faults import FaultRates
from seedgen.scripted.server import ScriptedServer
from seedgen.store.folder import all_runs
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.provenance import origins

STRICT = {"gate.rouge.threshold": 0.4}
LOOSE = {"gate.rouge.threshold": 1.0, "gate.balance.enabled": False}
BOTH = pytest.mark.parametrize("settings", [STRICT, LOOSE], ids=["stricter", "looser"])
JUDGED = """SELECT ticket, ordinal, instance, place, filter, passed, reason, score, nearest, evidence FROM verdict ORDER BY 1, 2, 3, 4"""
MADE = """SELECT ticket, ordinal, instance, input, output, position FROM item ORDER BY 1, 2, 3"""


def config(server: ScriptedServer, **settings: Any) -> Config:
    data = {
        "target": 30,
        "window": 4,
        "teachers": {"main": {"kind": "openai", "base_url": server.url, "model": "scripted", "api": "completion"}},
        "recipes": {"self-instruct": {"weight": 1}, "alpaca": {"weight": 1, "count": 4, "machine": 1}},
        "gate": {"semantic": {"enabled": False}},
    }
    return parse_config({**data, **settings}, "test")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with serving(faults=FaultRates(duplicates=0.2, malformed=0.1, refused=0.05)) as running:
        yield running


@pytest.fixture(scope="module")
def original(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run "base", for reading only."""
    folder = tmp_path_factory.mktemp("runs")
    run(config(server), "base", runs=folder)
    return folder


@pytest.fixture
def runs(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original / "base", tmp_path / "base")
    return tmp_path


def rows(reader: RunReader, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(reader.folder.database) as database:
        return database.execute(query).fetchall()


def test_under_the_same_settings_every_verdict_and_item_is_the_same(runs: Path) -> None:
    changes = regate("base", name="again", runs=runs)
    base, again = open_run("base", runs), open_run("again", runs)
    assert (changes.newly_accepted, changes.newly_refused, changes.not_asked, changes.settings) == (0, 0, 0, ())
    assert (changes.before.fingerprint, changes.after.fingerprint) == (base.fingerprint(), base.fingerprint())
    assert rows(again, JUDGED) == rows(base, JUDGED)
    assert rows(again, MADE) == rows(base, MADE)


@BOTH
def test_no_teacher_is_asked(server: ScriptedServer, runs: Path, settings: dict[str, Any]) -> None:
    asked = server.requests
    changes = regate("base", settings, "new", runs=runs)
    summary = open_run("new", runs).summary()
    assert (server.requests - asked, changes.requests, summary.spend.requests, summary.spend.tokens, summary.failed_calls) == (
        0,
        0,
        0,
        0,
        0,
    )


@BOTH
def test_the_run_it_comes_from_stays_as_it_was(runs: Path, settings: dict[str, Any]) -> None:
    before = (runs / "base" / "run.db").read_bytes()
    regate("base", settings, "new", runs=runs)
    assert (runs / "base" / "run.db").read_bytes() == before


def by_hand(base: RunReader, threshold: float) -> tuple[list[tuple[int, int]], list[tuple[str, str, str]]]:
    """Who is admitted, and the items that pass, if only shape, exact and rouge judge; found without the gate."""
    misshapen = set(rows(base, "SELECT ticket, ordinal FROM verdict WHERE filter = 'shape' AND NOT passed"))
    instances = {
        (ticket, ordinal): Instance(*texts) for ticket, ordinal, *texts in rows(base, "SELECT ticket, ordinal, input, output FROM item")
    }
    pool, admitted, items = [seed.instruction for seed in base.seeds()], [], []
    for ticket, ordinal, text, input_, output in rows(
        base, "SELECT ticket, ordinal, instruction, input, output FROM candidate ORDER BY 1, 2"
    ):
        near = nearest_by_rouge(text, pool)
        if (ticket, ordinal) in misshapen or normal_form(text) in map(normal_form, pool) or (near and near[1] > threshold):
            continue
        pool.append(text)
        admitted.append((ticket, ordinal))
        instance = instances.get((ticket, ordinal)) or (Instance(input_ or "", output) if output else None)
        if instance and instance.output and check(text, instance, OutputConfig())[0].passed:
            items.append((text, instance.input, instance.output))
    return admitted, items


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.9, 1.0])
def test_other_thresholds_give_what_the_saved_candidates_give_by_hand(runs: Path, threshold: float) -> None:
    regate("base", {"gate.rouge.threshold": threshold, "gate.balance.enabled": False, "target": 1000}, "new", runs=runs)
    base, new = open_run("base", runs), open_run("new", runs)
    admitted = rows(new, "SELECT ticket, ordinal FROM candidate WHERE pool_index IS NOT NULL ORDER BY pool_index")
    items = [(item.instruction, item.input, item.output) for item in new.accepted()]
    assert (admitted, items) == by_hand(base, threshold)


def test_what_was_never_asked_is_not_asked_now_and_said_so(runs: Path) -> None:
    changes = regate("base", LOOSE, "new", runs=runs)
    recipes = rows(
        open_run("new", runs),
        "SELECT t.recipe, count(*) FROM verdict v JOIN ticket t USING (run_id, ticket) WHERE v.reason = 'not_asked' GROUP BY 1",
    )
    assert (recipes, changes.rescued > 0) == ([("self-instruct", changes.not_asked)], True), "alpaca's come with their answers"


@BOTH
def test_the_new_run_passes_its_check(runs: Path, settings: dict[str, Any]) -> None:
    regate("base", settings, "new", runs=runs)
    assert check_run(open_run("new", runs)).problems == ()


def test_every_item_of_the_new_run_tells_its_life(runs: Path) -> None:
    regate("base", STRICT, "new", runs=runs)
    base, new = open_run("base", runs), open_run("new", runs)
    lives = [(base.life(ref), new.life(ref)) for (ref,) in rows(new, "SELECT ticket || '.' || ordinal FROM candidate")]
    assert all((was.parents, was.calls, was.aim) == (now.parents, now.calls, now.aim) for was, now in lives)
    assert any(isinstance(parent, str) for (parents,) in rows(new, "SELECT parents FROM ticket") for parent in json.loads(parents))
    assert [origin.parents for origin in origins(new)] == [tuple(p.ref for p in new.life(i.ref).parents) for i in new.accepted()]


def test_there_and_back_it_is_the_same_run(runs: Path) -> None:
    regate("base", STRICT, "strict", runs=runs)
    regate("strict", {"gate.rouge.threshold": 0.7}, "back", runs=runs)
    back = open_run("back", runs)
    assert (back.fingerprint(), rows(back, JUDGED)) == (open_run("base", runs).fingerprint(), rows(open_run("base", runs), JUDGED))
    assert check_run(back).problems == ()


def test_the_figures_add_up(runs: Path) -> None:
    changes = regate("base", STRICT, "new", runs=runs)
    base, new = open_run("base", runs).summary(), open_run("new", runs).summary()
    assert (changes.before.accepted, changes.after.accepted) == (base.accepted, new.accepted)
    assert {(r.filter, r.reason): (r.before, r.after) for r in changes.refusals} == {
        why: (base.refusals.get(why, 0), new.refusals.get(why, 0)) for why in {*base.refusals, *new.refusals}
    }
    assert changes.newly_accepted + changes.newly_refused + changes.unchanged == sum(move.count for move in changes.moves)
    assert [(s.key, s.before, s.after) for s in changes.settings] == [("gate.rouge.threshold", 0.7, 0.4)]


def test_an_example_shows_the_neighbour_that_it_was_refused_for(runs: Path) -> None:
    example = regate("base", STRICT, "new", runs=runs, examples=1).refused_now[0]
    assert example.refusal
    assert example.comparison
    score = nearest_by_rouge(example.instruction, [example.comparison.near.instruction])
    assert (example.after, score) == ("refused", (0, example.refusal.score))


@pytest.mark.parametrize(("target", "end", "accepted"), [(5, "target", 5), (10_000, "answers", None)])
def test_the_target_may_be_another(runs: Path, target: int, end: str, accepted: int | None) -> None:
    changes = regate("base", {"target": target}, "new", runs=runs)
    passed = changes.before.accepted + changes.before.surplus
    record = open_run("new", runs).summary().record
    assert (record.end, changes.after.accepted, changes.after.surplus) == (end, accepted or passed, passed - (accepted or passed))


def test_a_target_that_is_just_reached_is_reached(runs: Path) -> None:
    passed = regate("base", {"target": 10_000}, "all", runs=runs).after.accepted
    regate("base", {"target": passed}, "just", runs=runs)
    assert open_run("just", runs).summary().record.end == "target"


@pytest.mark.parametrize(
    "key", ["seed", "window", "recipes.alpaca.weight", "teachers.main.model", "limits.max_cost", "gate", "steer.enabled"]
)
def test_what_made_the_answers_cannot_be_another(runs: Path, key: str) -> None:
    with pytest.raises(UsageError, match=rf"^{key}: saved answers can be judged under other gate\.…, output\.… and target"):
        regate("base", {key: 1}, "new", runs=runs)
    assert [folder.name for folder in all_runs(runs)] == ["base"]
    assert not (runs / "new").exists()


def test_a_run_without_a_finished_ticket_has_nothing_to_judge(server: ScriptedServer, tmp_path: Path) -> None:
    run(config(server, limits={"max_requests": 1}, recipes={"self-instruct": {"weight": 1}}), "begun", runs=tmp_path)
    with pytest.raises(UsageError, match="no finished ticket"):
        regate("begun", runs=tmp_path)


def test_a_run_that_stopped_short_is_judged_as_far_as_it_came(server: ScriptedServer, tmp_path: Path) -> None:
    run(config(server, limits={"max_requests": 60}), "short", runs=tmp_path)
    changes = regate("short", name="new", runs=tmp_path)
    new = open_run("new", tmp_path)
    assert (changes.after.fingerprint, new.summary().record.end) == (open_run("short", tmp_path).fingerprint(), "answers")
    assert check_run(new).problems == ()


def test_a_regated_run_has_nothing_to_go_on_with(server: ScriptedServer, runs: Path) -> None:
    regate("base", STRICT, "new", runs=runs)
    with pytest.raises(UsageError, match="go on with that one: seedgen resume base"):
        resume("new", {"target": 500}, runs=runs)
    with pytest.raises(UsageError, match="go on with that one: seedgen resume base"):
        run(config(server, gate={"rouge": {"threshold": 0.4}, "semantic": {"enabled": False}}), "new", runs=runs)


def test_the_same_again_says_the_same_and_makes_nothing(runs: Path) -> None:
    first = regate("base", STRICT, "new", runs=runs)
    before = (runs / "new" / "run.db").read_bytes()
    assert regate("base", STRICT, "new", runs=runs) == first
    assert (runs / "new" / "run.db").read_bytes() == before


@pytest.mark.parametrize("name", ["new", "base"])
def test_a_name_that_another_run_has_is_refused(runs: Path, name: str) -> None:
    regate("base", STRICT, "new", runs=runs)
    with pytest.raises(RunConflict, match="give the new run another --name"):
        regate("base", LOOSE, name, runs=runs)


def test_without_a_name_it_gets_one(runs: Path) -> None:
    names = [regate("base", STRICT, runs=runs).after.run for _ in range(2)]
    assert names == ["base-regated-1", "base-regated-2"]


CHILD = """
import os, signal, sys
from pathlib import Path
from seedgen import regate
seen = []
def listener(event):
    seen.append(event)
    if len(seen) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
regate("base", {"gate.rouge.threshold": 0.4}, "new", runs=Path(sys.argv[1]), listeners=[listener])
"""


def test_killed_in_the_middle_there_is_no_new_run_and_the_next_one_is_whole(runs: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", CHILD, str(runs)], env=dict(os.environ), check=False)
    assert (killed.returncode, [folder.name for folder in all_runs(runs)]) == (-signal.SIGKILL, ["base"])
    after = regate("base", STRICT, "new", runs=runs).after
    undisturbed = regate("base", STRICT, "other", runs=runs).after
    assert (after.fingerprint, check_run(open_run("new", runs)).problems) == (undisturbed.fingerprint, ())
    assert sorted(path.name for path in (runs / "new").iterdir() if path.name.startswith("draft")) == []


def test_one_that_fails_leaves_nothing(runs: Path) -> None:
    def listener(_: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        regate("base", STRICT, "new", runs=runs, listeners=[listener])
    assert not (runs / "new").exists()


def test_meanings_are_judged_again_on_the_same_vectors(server: ScriptedServer, tmp_path: Path) -> None:
    with embedding() as asked:
        semantic = {"threshold": 0.995, "model": "letters", "base_url": asked.base_url}
        run(config(server, target=20, gate={"semantic": semantic}), "base", runs=tmp_path)
        texts = sum(len(body["input"]) for body in asked.bodies)
        regate("base", name="again", runs=tmp_path)
        encoded = sum(len(body["input"]) for body in asked.bodies) - texts
        regate("base", {"gate.semantic.threshold": 0.97}, "strict", runs=tmp_path)
        regate("base", {"gate.semantic.model": "other"}, "other", runs=tmp_path)
        models = {body["model"] for body in asked.bodies}
    base, again, strict = (open_run(name, tmp_path) for name in ("base", "again", "strict"))
    assert rows(again, JUDGED) == rows(base, JUDGED)
    assert strict.summary().refusals["semantic", "paraphrase"] > base.summary().refusals.get(("semantic", "paraphrase"), 0)
    assert [check_run(open_run(name, tmp_path)).problems for name in ("again", "strict", "other")] == [(), (), ()]
    assert (encoded < texts - len(base.seeds()), models) == (True, {"letters", "other"})


@pytest.mark.parametrize("settings", [{"gate.semantic.model": "other"}, {"gate.compare": "task"}])
def test_vectors_of_another_model_or_of_other_texts_are_all_made_anew(
    server: ScriptedServer, tmp_path: Path, settings: dict[str, Any]
) -> None:
    with embedding() as asked:
        semantic = {"threshold": 0.995, "model": "letters", "base_url": asked.base_url}
        run(config(server, target=20, gate={"semantic": semantic}), "base", runs=tmp_path)
        asked.bodies.clear()
        regate("base", settings, "new", runs=tmp_path)
    sound = rows(open_run("new", tmp_path), "SELECT count(*) FROM candidate WHERE fault IS NULL")[0][0]
    texts = sum(len(body["input"]) for body in asked.bodies)
    assert texts == len(open_run("new", tmp_path).seeds()) + sound


@dataclass
class Counting:
    """An encoder that tells what it was asked for."""

    asked: list[str] = field(default_factory=list)

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        self.asked += texts
        return [np.array([1.0], np.float16) for _ in texts]

    def begin(self) -> None: ...

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("way", "kept", "asked"),
    [
        pytest.param("ticket", "abl", "", id="all were kept"),
        pytest.param("ticket", "ab", "abl", id="one was not"),
        pytest.param("ticket", "", "abl", id="none"),
        pytest.param("alone", "a", "b", id="one was not, and what is lost without needs none"),
    ],
)
async def test_the_vectors_of_a_ticket_are_those_that_were_kept_or_are_made_as_at_first(way: str, kept: str, asked: str) -> None:
    vector, encoder = np.array([0.5], np.float16), Counting()
    sound = [Candidate(0, n, Proposal(text), vector=vector if text in kept else None) for n, text in enumerate("abl")]
    given = [*sound, Candidate(0, 3, Proposal("c", fault="cut"))]
    gate = GateConfig(semantic={"encoding": way})
    found = await Vectors(gate, encoder, reused=True, emit=lambda _: None).of_ticket(given, lambda c: c.instruction == "l")
    assert encoder.asked == list(asked)
    assert {c.instruction: float(c.vector[0]) for c in found if c.vector is not None} == dict.fromkeys(kept, 0.5) | dict.fromkeys(asked, 1)


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({}, True),
        ({"semantic": {"threshold": 0.5}}, True),
        ({"semantic": {"model": "other"}}, False),
        ({"compare": "task"}, False),
        ({"semantic": {"base_url": "http://here"}}, False),
    ],
)
def test_vectors_are_the_same_if_model_kind_of_server_and_texts_are(settings: dict[str, Any], same: bool) -> None:
    old, new = GateConfig(), GateConfig.model_validate(settings)
    assert (same_vectors(old, new), same_vectors(new, old)) == (same, same)


def test_where_a_server_listens_changes_no_vector_and_a_gate_without_meaning_has_none() -> None:
    here, there = (GateConfig.model_validate({"semantic": {"base_url": f"http://{name}"}}) for name in ("here", "there"))
    without = GateConfig.model_validate({"semantic": {"enabled": False}})
    assert (same_vectors(here, there), same_vectors(without, GateConfig())) == (True, False)


def test_a_run_of_the_first_schema_is_judged_again(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    shutil.copy(Path(__file__).parents[1] / "golden" / "schema1.db", tmp_path / "old" / "run.db")
    changes = regate("old", {"gate.semantic.enabled": False}, "new", runs=tmp_path)
    assert (changes.after.fingerprint, changes.requests) == (open_run("old", tmp_path).fingerprint(), 0)
    assert check_run(open_run("new", tmp_path)).problems == ()


def test_evaluation_files_may_be_given_afterwards(runs: Path) -> None:
    item = next(open_run("base", runs).accepted())
    (runs / "eval.txt").write_text(item.instruction + "\n")
    changes = regate("base", {"gate.decontamination.files": [str(runs / "eval.txt")]}, "clean", runs=runs)
    clean = open_run("clean", runs)
    assert [(e.ref, e.refusal and e.refusal.filter) for e in changes.refused_now][:1] == [(item.ref, "decontamination")]
    assert check_run(clean).problems == ()
