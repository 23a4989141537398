# ruff: noqa: S608 - the statements are our own, and meant to do harm
"""Ten ways to damage a run and more, each done thoroughly enough that no key, index or digest gives it away unless it says so."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from finished import copy_of, finished_run
from serving import serving

from seedgen.audit import check_run
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.packing import Packing

Damage = Callable[[sqlite3.Connection], object]
PROPOSE = "ticket = 1 AND step = 'propose'"
TABLES = ("verdict", "item", "candidate", "answer", "call", "ticket")


def sql(*statements: str) -> Damage:
    return lambda connection: [connection.execute(statement) for statement in statements]


def a_flipped_byte(connection: sqlite3.Connection) -> None:
    """In the text of an answer, where JSON stays JSON."""
    (body,) = connection.execute(f"SELECT body FROM answer WHERE {PROPOSE}").fetchone()
    data = bytearray(zlib.decompress(body))
    place = data.index(b"content") + 30
    data[place] = ord("x") if data[place] != ord("x") else ord("y")
    connection.execute(f"UPDATE answer SET body = ? WHERE {PROPOSE}", (zlib.compress(bytes(data)),))


def another_request(connection: sqlite3.Connection) -> None:
    """With a digest to match."""
    (request,) = connection.execute(f"SELECT request FROM answer WHERE {PROPOSE}").fetchone()
    packing = Packing(dict(connection.execute("SELECT name, source FROM template")))
    data = json.loads(packing.unpack(request))
    data["messages"][-1]["content"] += " Be brief."
    changed = json.dumps(data, ensure_ascii=False).encode()
    connection.execute(f"UPDATE answer SET request = ? WHERE {PROPOSE}", (zlib.compress(changed),))
    connection.execute(f"UPDATE call SET request_digest = ? WHERE {PROPOSE}", (hashlib.sha256(changed).hexdigest()[:32],))


def a_near_duplicate(connection: sqlite3.Connection) -> None:
    """An admitted instruction that is an earlier one with a word more."""
    query = "SELECT instruction FROM candidate WHERE pool_index IS NOT NULL ORDER BY pool_index"
    first = connection.execute(query).fetchone()[0]
    last = "(SELECT max(pool_index) FROM candidate)"
    connection.execute(f"UPDATE candidate SET instruction = ? WHERE pool_index = {last}", (f"{first.rstrip('.')} please.",))


def a_parent_of_later(connection: sqlite3.Connection) -> None:
    """A parent that joined the pool after the ticket had drawn."""
    view, parents = connection.execute("SELECT view_size, parents FROM ticket WHERE ticket = 1").fetchone()
    connection.execute("UPDATE ticket SET parents = ? WHERE ticket = 1", (json.dumps([view, *json.loads(parents)[1:]]),))


def swapped(column: str) -> Damage:
    """The values of two accepted items, one for the other."""
    value = f"(SELECT {column} FROM item WHERE position = {{}})"
    return sql(
        f"CREATE TEMP TABLE kept AS SELECT {value.format(0)} AS one, {value.format(1)} AS other",
        "CREATE TEMP TABLE rows AS SELECT rowid AS id, position FROM item WHERE position IN (0, 1)",
        "UPDATE item SET position = -1 - position WHERE position IN (0, 1)" if column == "position" else "SELECT 1",
        f"UPDATE item SET {column} = (SELECT other FROM kept) WHERE rowid = (SELECT id FROM rows WHERE position = 0)",
        f"UPDATE item SET {column} = (SELECT one FROM kept) WHERE rowid = (SELECT id FROM rows WHERE position = 1)",
    )


CORRUPTIONS: dict[str, tuple[Damage, str]] = {
    "a flipped byte in a raw answer": (a_flipped_byte, "is not what its answer says"),
    "an answer deleted": (sql(f"DELETE FROM answer WHERE {PROPOSE}"), "was answered, but the answer is gone"),
    "a call deleted": (
        sql(f"DELETE FROM answer WHERE {PROPOSE}", f"DELETE FROM call WHERE {PROPOSE}"),
        "ticket 1 is final, but nothing was answered to propose 0",
    ),
    "two accepted items swapped": (swapped("position"), "in ticket order it would be 0"),
    "the outputs of two items swapped": (swapped("output"), "is not what its answer says"),
    "an output edited": (sql("UPDATE item SET output = upper(output) WHERE position = 2"), "is not what its answer says"),
    "a near duplicate admitted": (a_near_duplicate, "is in the pool, but has ROUGE-L"),
    "a cap exceeded": (sql("UPDATE candidate SET verb = 'write', noun = 'poem'"), "made pair 'write poem'"),
    "a gap in ticket order": (sql(*(f"DELETE FROM {table} WHERE ticket = 1" for table in TABLES)), "ticket 1 is missing"),
    "a score changed": (sql("UPDATE verdict SET score = score + 0.001 WHERE filter = 'rouge'"), "which seed:"),
    "a verdict flipped": (
        sql("UPDATE verdict SET passed = 1, reason = '' WHERE NOT passed AND instance < 0"),
        "is not in the pool, but was not refused",
    ),
    "tokens altered": (
        sql(f"UPDATE call SET prompt_tokens = prompt_tokens + 1 WHERE {PROPOSE}"),
        "its tokens are not those in its answer",
    ),
    "a cost altered": (sql(f"UPDATE call SET cost = 0.01 WHERE {PROPOSE}"), "cost 0.01; by the prices in the config it should be 0.0"),
    "a parent that was not in the view": (a_parent_of_later, "was not given what its draw gives"),
    "a request against its digest": (
        sql(f"UPDATE call SET request_digest = lower(hex(zeroblob(32))) WHERE {PROPOSE}"),
        "its request is not the one that its digest was made of",
    ),
    "another request with its digest": (another_request, "the prompt that its ticket makes is not the one that was sent"),
    "a wrong pool index": (
        sql("UPDATE candidate SET pool_index = pool_index + 1 WHERE pool_index = (SELECT max(pool_index) FROM candidate)"),
        "in order of admission it would be",
    ),
    "a position past a gap": (
        sql("UPDATE item SET position = position + 1 WHERE position = (SELECT max(position) FROM item)"),
        "in ticket order it would be",
    ),
    "a config edited": (sql("UPDATE run SET config = replace(config, '\"seed\": 0', '\"seed\": 1')"), "the config is not the one"),
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("runs"), target=24)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_planted_corruption_is_found(reader: RunReader, tmp_path: Path, name: str) -> None:
    corrupt, says = CORRUPTIONS[name]
    spoilt = copy_of(reader, tmp_path)
    with closing(sqlite3.connect(spoilt.folder.database)) as connection, connection:
        before = connection.total_changes
        corrupt(connection)
        assert connection.total_changes > before
    assert [problem for problem in check_run(spoilt).problems if says in problem]


BY_HAND = [
    ("UPDATE candidate SET found = '[1]' WHERE ticket = 1 AND ordinal = 0", "candidate 1.0: found is '[1]'"),
    ("UPDATE ticket SET aim = '{\"levle\": 1}' WHERE ticket = 1", "ticket 1: aim is '{\"levle\": 1}'"),
    ("UPDATE ticket SET parents = '[\"x\"]' WHERE ticket = 1", "ticket 1: parents is"),
    ("UPDATE ticket SET parents = '[99999]' WHERE ticket = 1", "ticket 1: parents names 99999, which is not there"),
    ("UPDATE ticket SET candidates = 'many' WHERE ticket = 1", "ticket 1: candidates is 'many', not a whole number"),
    ("UPDATE ticket SET candidates = NULL WHERE ticket = 1", "ticket 1: candidates is NULL, not a whole number"),
    ("UPDATE ticket SET novelty = 'high' WHERE ticket = 1", "ticket 1: novelty is 'high', not a number"),
    ("UPDATE run SET taxonomy = '[]'", "run: taxonomy is '[]'"),
    ("UPDATE run SET config = '{\"targte\": 3}'", "run: config is"),
    ("UPDATE run SET window = 0", "run: window is 0, not from 1 to 1,000,000"),
    ("UPDATE seed SET instances = '{}' WHERE pool_index = 3", "seed 3: instances is '{}'"),
    ("UPDATE verdict SET score = 'x' WHERE ticket = 1 AND ordinal = 0 AND filter = 'rouge'", "score is 'x', not a number"),
    ("UPDATE call SET sent_at = 'now' WHERE ticket = 1 AND step = 'propose'", "call 1.propose.0.1: sent_at is 'now', not a time"),
]


@pytest.mark.parametrize(("statement", "says"), BY_HAND)
def test_what_was_written_by_hand_is_found(reader: RunReader, tmp_path: Path, statement: str, says: str) -> None:
    spoilt = copy_of(reader, tmp_path)
    with closing(sqlite3.connect(spoilt.folder.database)) as connection, connection:
        assert connection.execute(statement).rowcount > 0
    assert [problem for problem in check_run(spoilt).problems if says in problem]


def test_a_cost_altered_is_found_by_the_prices_in_the_config(tmp_path: Path) -> None:
    """Cached tokens are cheaper."""
    with serving() as server:
        prices = {"input_price": 2.0, "output_price": 8.0, "cached_price": 0.5}
        teacher = {"kind": "openai", "base_url": server.url, "model": "scripted", **prices}
        reader = finished_run(tmp_path, teachers={"main": teacher})
    assert check_run(reader).problems == ()
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        connection.execute(f"UPDATE call SET cost = cost * 0.99 WHERE {PROPOSE}")
    (problem,) = check_run(reader).problems
    assert "call 1.propose.0 (attempt 1) cost 0.00" in problem
