"""A run's database with any number of admitted items, as a run leaves it, but without asking anyone: its rows are written directly.

The instructions are those of `corpus`. Each ticket brought eight of them, by one call that proposed and two for each item; requests and
answers are random bytes of the usual sizes, as nothing reads those of finished tickets when a run goes on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from itertools import islice
from random import Random
from typing import Any

import numpy as np
from corpus import bank, chained, distinct

from seedgen.api import chosen_taxonomy
from seedgen.ask.prompt import read_templates
from seedgen.config.model import Config
from seedgen.inputs.bundled import bundled
from seedgen.inputs.seeds import read_seeds
from seedgen.recipes import build_recipes
from seedgen.records import Candidate, Draw, Entry, Gated, GateTurn, Item, Proposal, TicketResult, Vector, Verdict
from seedgen.runs.drift import Made
from seedgen.runs.job import broadcast
from seedgen.runs.start import Start, utc_now
from seedgen.store.folder import RunFolder
from seedgen.store.sqlite.store import Store, candidate_row, item_row, ticket_values, vector_row, verdict_rows
from seedgen.store.sqlite.tables import RUN
from seedgen.teachers.roster import open_roster
from seedgen.teachers.wire import READER

EACH = 8
"""Items of a ticket."""
AT_ONCE = 1024
"""Tickets whose rows are written together."""
WIDTH = 384
"""Numbers of an embedding."""
REQUEST, ANSWER = 200, 300
"""Bytes, compressed."""
PASSED = tuple(Verdict(name, True) for name in ("shape", "exact", "privacy", "balance", "rouge"))
CHECKED = (Verdict("output", True),)
OUTPUT = "Most people find that a short walk in the morning helps them to think, and that a longer one in the evening helps them to sleep."


Rows = dict[str, list[dict[str, Any]]]
"""Rows by the table they are of."""


def grow(folder: RunFolder, config: Config, size: int) -> None:
    """Make the run, with so many items admitted and accepted; with vectors, if its gate compares meanings."""
    folder.make()
    start = asyncio.run(begun(folder, config))
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
        for rows in written(start, size):
            for table, each in rows.items():
                names = list(each[0])
                query = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - our own words
                connection.executemany(query, each)
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")


async def begun(folder: RunFolder, config: Config) -> Start:
    """The run made, and its first start ended; no ticket yet."""
    async with AsyncExitStack() as stack:
        start, store = start_of(folder, config), Store(folder.database, utc_now)
        stack.callback(store.close)
        start.created(store, await open_roster(config, config.resolved_window, {}, stack))
        store.start(start.config)
        store.end("interrupted", "")
    return start


def written(start: Start, size: int) -> Iterator[Rows]:
    """The rows of all tickets, many at a time."""
    rng, seeds, categories = Random(0), len(start.made.seeds), list(start.made.taxonomy.categories)
    made = units(size + seeds) if start.config.gate.semantic.enabled else [None] * (size + seeds)
    rows: Rows = {"vector": [vector_row(i, vector) for i, vector in enumerate(made[:seeds]) if vector is not None]}
    texts = distinct(chained(bank(None), Random(0)))
    for ticket in range(size // EACH):
        index = seeds + ticket * EACH
        pairs = zip(islice(texts, EACH), made[index : index + EACH], strict=True)
        candidates = [candidate(ticket, n, text, rng.choice(categories), vector) for n, (text, vector) in enumerate(pairs)]
        parents = tuple(Entry(rng.randrange(index), "", "") for _ in range(8))
        for table, more in of_ticket(result(candidates, parents, index), rng).items():
            rows.setdefault(table, []).extend(more)
        if (ticket + 1) % AT_ONCE == 0:
            yield {table: each for table, each in rows.items() if each}
            rows = {}
    yield {table: each for table, each in rows.items() if each}


def of_ticket(result: TicketResult, rng: Random) -> Rows:
    where = {"run_id": RUN, "ticket": result.draw.ticket}
    asked, answers = calls(result.draw.ticket, rng)
    found = [(gated.index, gated.candidate.vector) for gated in result.gated]
    return {
        "ticket": [{**where, "started_at": result.times["started"], **ticket_values(result)}],
        "call": asked,
        "answer": answers,
        "candidate": [candidate_row(where, gated) for gated in result.gated],
        "vector": [vector_row(index, vector) for index, vector in found if index is not None and vector is not None],
        "item": [item_row(where, item) for item in result.items],
        "verdict": list(verdict_rows(where, result)),
    }


def start_of(folder: RunFolder, config: Config) -> Start:
    """A start of this run, not begun."""
    seeds = read_seeds(config.seeds)
    names = dict.fromkeys(name for recipe in build_recipes(config.recipes).values() for name in recipe.templates)
    templates = read_templates(tuple(names), bundled("prompts"))
    return Start(folder, Made(config, seeds, templates, chosen_taxonomy(config, seeds)), broadcast(()), {})


def candidate(ticket: int, ordinal: int, text: str, category: str, vector: Vector | None) -> Candidate:
    """With a verb that is just the first word: telling verbs would take longer than all the rest."""
    return Candidate(ticket, ordinal, Proposal(text), text.split()[0].lower(), None, category, "moderate", "en", {"verb": "first"}, vector)


def result(candidates: Sequence[Candidate], parents: tuple[Entry, ...], index: int) -> TicketResult:
    ticket = candidates[0].ticket
    items = [Item(ticket, n, 0, c.instruction, "", OUTPUT, ticket * EACH + n, CHECKED, "paragraph") for n, c in enumerate(candidates)]
    return TicketResult(
        Draw(ticket, "self-instruct", parents),
        index,
        GateTurn(index + EACH, candidates[0].category or "", EACH, None),
        tuple(Gated(candidate, PASSED, index + n) for n, candidate in enumerate(candidates)),
        tuple(items),
        times=dict.fromkeys(("started", "gated", "finalized"), utc_now()),
    )


def calls(ticket: int, rng: Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of a ticket's calls, and of their answers."""
    questions = [("propose", 0), *((step, n) for n in range(EACH) for step in ("classify", "respond"))]
    keys = [{"run_id": RUN, "ticket": ticket, "step": step, "ordinal": n, "attempt": 1} for step, n in questions]
    told = {
        "teacher": "main", "model": "scripted", "template": "self-instruct-propose", "request_digest": rng.randbytes(16).hex(),
        "state": "answered", "reader": READER, "sent_at": utc_now(), "seconds": 0.05, "prompt_tokens": 400, "completion_tokens": 90,
        "cost": 0.0, "answered_by": "scripted", "error": "", "message": "", "notes": "",
    }  # fmt: skip
    answer = {"request": rng.randbytes(REQUEST), "body": rng.randbytes(ANSWER)}
    return [{**key, **told, "role": key["step"]} for key in keys], [{**key, **answer} for key in keys]


def units(count: int) -> list[Vector]:
    """Random vectors of unit length."""
    made = np.random.default_rng(0).standard_normal((count, WIDTH), np.float32)
    return list((made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16))
