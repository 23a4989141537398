# ruff: noqa: S608 - the statements are our own, and meant to do harm
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from finished import copy_of, finished_run, spoil

from seedgen import resume
from seedgen.audit import check_run
from seedgen.audit.admissions import paraphrases
from seedgen.audit.record import read_record
from seedgen.config.model import parse_config
from seedgen.errors import StoreBroken
from seedgen.store.ports import RunReader

LAST = "(SELECT max(pool_index) FROM candidate)"
ASKED = "step = 'propose' AND ticket = 1"
REST = "teacher, model, template, 'x', 'failed', sent_at, 0, 0, 500, 'TeacherTransient', '', NULL, NULL, NULL, NULL, NULL, '', '', role, ''"
ANOTHER = f"run_id, ticket, step, ordinal, 2, {REST}"
UNASKED = f"run_id, ticket, step, 77, 1, {REST}"
INDEX = "UPDATE sqlite_master SET sql = replace(sql, 'position)', 'instance)') WHERE name = 'item_by_position'"
SPOILT = [
    # the run's own record
    ("UPDATE run SET config = '{'", "the run's own record cannot be read"),
    ("UPDATE run SET config = replace(config, '\"threshold\": 0.7', '\"threshold\": 0.8')", "the config is not the one"),
    ("UPDATE run SET target = 9999", "reached its target of 9999"),
    ("UPDATE run SET window = 1", "by the run's window"),
    ("UPDATE seed SET instruction = 'Say hello.' WHERE pool_index = 7", "the seeds are not the ones"),
    ("UPDATE seed SET pool_index = 9999 WHERE pool_index = 7", "in order it would be"),
    ("UPDATE template SET source = source || ' ' WHERE name = 'alpaca'", 'template "alpaca" is not the one'),
    # tickets
    ("DELETE FROM ticket WHERE ticket = 1", "ticket 1 is missing"),
    ("DELETE FROM ticket WHERE ticket = 1", "refers to a row of table ticket that is not there"),
    ("UPDATE ticket SET finalized_at = '' WHERE ticket = 0", "ticket 1 is final, but ticket 0 before it is not"),
    ("UPDATE ticket SET finalized_at = '' WHERE ticket = 0", "candidate 0.0 belongs to ticket 0, which is not final"),
    ("UPDATE ticket SET pool_size = pool_size + 1 WHERE ticket = 1", "ticket 1 left a pool of"),
    ("UPDATE ticket SET view_size = view_size + 1 WHERE ticket = 1", "ticket 1 drew from a pool of"),
    ("UPDATE ticket SET view_size = NULL WHERE ticket = 1", "ticket 1 drew from a pool of None"),
    ("UPDATE ticket SET aim = 'up' WHERE ticket = 1", "cannot be checked"),
    ("UPDATE ticket SET aim = '{}' WHERE ticket = 0", "ticket 0 was not steered to what its view of the pool gives"),
    ("UPDATE ticket SET parents = '[0]' WHERE ticket = 1", "ticket 1 was not given what its draw gives"),
    ("UPDATE ticket SET parents = '[0]' WHERE ticket = 1", "call 1.propose.0 (attempt 1): the prompt that its ticket makes"),
    ("UPDATE ticket SET parents = '{' WHERE ticket = 1", "ticket 1 cannot be walked again"),
    ("UPDATE ticket SET fault = 'content_filter' WHERE ticket = 1", 'ticket 1 has fault "content_filter", its answer ""'),
    # the gate
    (f"UPDATE candidate SET pool_index = 9999 WHERE pool_index = {LAST}", "has pool index 9999"),
    ("DELETE FROM candidate WHERE ticket = 1 AND ordinal = 0", "ticket 1 has 3 candidates"),
    ("UPDATE candidate SET instruction = 'Say hello.' WHERE ticket = 1 AND ordinal = 0", "candidate 1.0 is not what its answer says"),
    ("DELETE FROM verdict WHERE ticket = 1", "candidate 1.0 was never judged"),
    ("DELETE FROM verdict WHERE filter = 'shape' AND ticket = 1", "candidate 1.0 lacks one of its verdicts"),
    ("UPDATE verdict SET passed = 0 WHERE filter = 'shape' AND ticket = 1", "candidate 1.0 is in the pool, but was refused"),
    ("UPDATE verdict SET passed = 0 WHERE filter = 'shape' AND ticket = 1", "candidate 1.0 was judged on after its refusal"),
    ("UPDATE verdict SET passed = 1 WHERE filter = 'rouge'", "is not in the pool, but was not refused"),
    ("UPDATE verdict SET reason = '' WHERE filter = 'rouge'", "was refused by rouge without a reason"),
    ("UPDATE verdict SET filter = 'shape' WHERE filter = 'exact' AND ticket = 1", "candidate 1.0 was put to shape, shape"),
    ("UPDATE verdict SET nearest = 9999 WHERE filter = 'rouge'", "names pool entry 9999, which was not there"),
    ("UPDATE verdict SET nearest = NULL WHERE filter = 'rouge'", "was refused by rouge, but no neighbour is named"),
    ("UPDATE verdict SET score = 0.71 WHERE filter = 'rouge'", "does not bear out"),
    (
        f"UPDATE candidate SET instruction = (SELECT instruction FROM seed WHERE pool_index = 0) WHERE pool_index = {LAST}",
        "in the pool, but is a duplicate of seed:",
    ),
    (
        "UPDATE candidate SET instruction = (SELECT 'Please: ' || instruction FROM seed ORDER BY length(instruction) DESC) "
        f"WHERE pool_index = {LAST}",
        "is in the pool, but has ROUGE-L",
    ),
    ("UPDATE candidate SET verb = 'write', noun = 'poem'", "made pair 'write poem' 6 of 100 admitted, above 5 %"),
    # items
    ("UPDATE item SET position = 9999 WHERE position = 3", "has position 9999, in ticket order it would be"),
    ("UPDATE item SET output = output || '!' WHERE position = 0", "item 0.0 is not what its answer says"),
    ("UPDATE item SET input = 'x' WHERE position = 0", "item 0.0 is not what its answer says"),
    ("DELETE FROM item WHERE position = 0", "candidate 0.0 was admitted, but has no item"),
    ("DELETE FROM item WHERE position = 0", "a verdict of output is about item 0.0, which is not there"),
    ("UPDATE item SET instance = 2 WHERE position = 0", "candidate 0.0 has 1 items, but numbers them up to 2"),
    ("UPDATE item SET position = NULL WHERE position = 0", "item 0.0 passed its checks, but has no position"),
    ("DELETE FROM verdict WHERE instance = 0 AND ticket = 0", "item 0.0 was never checked"),
    ("UPDATE verdict SET passed = 0 WHERE filter = 'output' AND ticket = 0", "item 0.0 has a position, but did not pass its checks"),
    # calls and answers
    (f"DELETE FROM answer WHERE {ASKED}", "call 1.propose.0 (attempt 1) was answered, but the answer is gone"),
    (f"DELETE FROM answer WHERE {ASKED}", "ticket 1 is final, but nothing was answered to propose 0"),
    (f"UPDATE answer SET body = x'00' WHERE {ASKED}", "ticket 1 cannot be walked again"),
    (f"UPDATE answer SET request = x'00' WHERE {ASKED}", "ticket 1 cannot be walked again"),
    (
        f"UPDATE answer SET body = (SELECT body FROM answer WHERE ticket = 0 AND step = 'propose') WHERE {ASKED}",
        "candidate 1.0 is not what its answer says",
    ),
    (f"UPDATE call SET completion_tokens = 1 WHERE {ASKED}", "call 1.propose.0 (attempt 1): its tokens are not those in its answer"),
    (f"UPDATE call SET answered_by = 'other' WHERE {ASKED}", 'answered by "other", its answer names "scripted"'),
    (f"UPDATE call SET teacher = 'other' WHERE {ASKED}", 'was put to "other"; by the weights in the config it falls to "main"'),
    (f"UPDATE call SET role = 'other' WHERE {ASKED}", 'call 1.propose.0 (attempt 1) has the role "other", its step "propose"'),
    (f"UPDATE call SET reader = '0' WHERE {ASKED}", 'read by rules "0", which this seedgen does not know'),
    (f"UPDATE call SET template = 'other' WHERE {ASKED}", 'uses template "other", which the run does not have'),
    (f"UPDATE call SET cost = 1 WHERE {ASKED}", "call 1.propose.0 (attempt 1) cost 1.0; by the prices in the config it should be 0.0"),
    (f"UPDATE call SET cost = -1 WHERE {ASKED}", "call 1.propose.0 (attempt 1) cost -1"),
    (f"UPDATE call SET request_digest = 'x' WHERE {ASKED}", "its request is not the one that its digest was made of"),
    (f"UPDATE call SET state = 'sent' WHERE {ASKED}", 'call 1.propose.0 (attempt 1) is still "sent", but its ticket is final'),
    (f"UPDATE call SET state = 'lost' WHERE {ASKED}", 'is "lost", which is no state of a call'),
    (f"UPDATE call SET state = 'failed' WHERE {ASKED}", 'is "failed", which is not what came back'),
    (f"UPDATE call SET attempt = 2 WHERE {ASKED}", "call 1.propose.0 (attempt 2) has no record of each attempt before it"),
    (f"INSERT INTO call SELECT {ANOTHER} FROM call WHERE {ASKED}", "call 1.propose.0 (attempt 1) was answered, and yet asked again"),
    (f"INSERT INTO call SELECT {ANOTHER} FROM call WHERE {ASKED}", "call 1.propose.0 (attempt 2) was sent another request"),
    (f"INSERT INTO call SELECT {UNASKED} FROM call WHERE {ASKED}", "call 1.propose.77 answers nothing that its ticket asks"),
    # the file
    (f"PRAGMA writable_schema = ON; {INDEX}", "the file is damaged"),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("runs"), target=24)


def test_a_healthy_run_has_no_problems(reader: RunReader) -> None:
    report = check_run(reader)
    assert (report.problems, report.accepted, report.fingerprint) == ((), 24, reader.fingerprint())


@pytest.mark.parametrize(("statement", "says"), SPOILT)
def test_what_is_spoilt_is_found(reader: RunReader, tmp_path: Path, statement: str, says: str) -> None:
    spoilt = copy_of(reader, tmp_path)
    spoil(spoilt, statement)
    assert [problem for problem in check_run(spoilt).problems if says in problem]


def test_a_run_that_stopped_short_and_one_extended_have_no_problems(tmp_path: Path) -> None:
    reader = finished_run(tmp_path, limits={"max_requests": 20})
    stopped = check_run(reader)
    resume("done", {"limits.max_requests": 10_000, "target": 20}, runs=tmp_path)
    extended = check_run(reader)
    assert (stopped.problems, extended.problems, stopped.accepted < 12, extended.accepted) == ((), (), True, 20)


OPEN = "ticket IN (SELECT ticket FROM ticket WHERE finalized_at = '')"


def test_a_run_begun_under_older_rules_of_reading_goes_on_under_todays(tmp_path: Path) -> None:
    recipes = {"self-instruct": {"weight": 1, "count": 4}, "alpaca": {"weight": 0}}
    reader = finished_run(tmp_path, limits={"max_requests": 21}, recipes=recipes, seed=4)
    finished = reader.summary().tickets
    left_over = (
        f"SELECT run_id, ticket, 'respond', 99, 1, {REST.replace('role', repr('respond'))} FROM call WHERE {OPEN} AND step = 'propose'"
    )
    spoil(
        reader,
        f"""UPDATE call SET reader = '1' WHERE reader != '';
        UPDATE call SET request_digest = 'another' WHERE {OPEN} AND step = 'classify';
        UPDATE answer SET request = x'{zlib.compress(b"{}").hex()}' WHERE {OPEN} AND step = 'classify';
        INSERT INTO call {left_over}""",
    )
    ending = resume("done", {"limits.max_requests": 10_000}, runs=tmp_path)
    report = check_run(reader)
    assert (ending.end, report.problems) == ("target", ())
    note = f"today's rules of reading answers are 2; tickets were read as they were then: {finished} by rules 1, "
    assert report.notes[0].startswith(note)
    assert superseded(reader) > 0


def superseded(reader: RunReader) -> int:
    with reader.snapshot() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM call WHERE notes LIKE '%superseded%'").scalar_one())


def test_of_many_alike_the_first_few_are_told(reader: RunReader, tmp_path: Path) -> None:
    spoilt = copy_of(reader, tmp_path)
    spoil(spoilt, "DELETE FROM verdict WHERE instance = 0")
    problems = [p for p in check_run(spoilt).problems if "never checked" in p or "more like the last" in p]
    assert (len(problems), problems[-1][:1]) == (6, "…")


def test_a_file_that_cannot_be_read_at_all_is_broken(reader: RunReader, tmp_path: Path) -> None:
    spoilt = copy_of(reader, tmp_path)
    spoil(spoilt, "DROP VIEW refusals; DROP VIEW accepted_items; DROP VIEW pool; DROP TABLE verdict")
    with pytest.raises(StoreBroken, match="no such table"):
        check_run(spoilt)


def paraphrased(reader: RunReader, vectors: np.ndarray) -> list[str]:
    """What is wrong with a run whose gate looks at meanings and whose pool has these embeddings, one a row."""
    rows = [(index, vector.astype("<f2").tobytes()) for index, vector in enumerate(vectors)]
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        connection.executemany("INSERT INTO vector VALUES (1, ?, ?)", rows)
    with reader.snapshot() as snapshot:
        record = read_record(snapshot)
        data = record.config.model_dump(by_alias=True)
        data["gate"]["semantic"]["enabled"] = True
        return list(paraphrases(replace(record, config=parse_config(data, "test"))))


def test_meanings_that_are_all_different_are_no_problem(reader: RunReader, tmp_path: Path) -> None:
    assert paraphrased(copy_of(reader, tmp_path), np.eye(len(reader.pool()))) == []


def test_a_paraphrase_in_the_pool_is_found(reader: RunReader, tmp_path: Path) -> None:
    vectors = np.eye(len(reader.pool()))
    vectors[-1] = vectors[3]
    (problem,) = paraphrased(copy_of(reader, tmp_path), vectors)
    assert f"has cosine 1.0 with seed:{reader.seeds()[3].id}, above 0.9" in problem


def test_a_missing_embedding_is_found(reader: RunReader, tmp_path: Path) -> None:
    (problem,) = paraphrased(copy_of(reader, tmp_path), np.eye(len(reader.pool()))[:-1])
    assert "not one for each" in problem
