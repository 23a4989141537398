"""How a database of an earlier schema becomes one of the present: `MIGRATIONS[n]` brings schema n + 1 to n + 2.

Appended, never edited. Each runs in the one transaction that also drops the views before and makes them again after. A run goes on as
it began: what its version did not have yet is set in its config to be off.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection, text

from seedgen.config import digest_of, with_values


def steered(connection: Connection) -> None:
    """2: traits of candidates and items, and what tickets are steered to."""
    for column in (
        "run ADD COLUMN taxonomy VARCHAR NOT NULL DEFAULT '{}'",
        "run ADD COLUMN regated_from VARCHAR NOT NULL DEFAULT ''",
        "run ADD COLUMN regated_fingerprint VARCHAR NOT NULL DEFAULT ''",
        "run ADD COLUMN evaluation_digest VARCHAR NOT NULL DEFAULT ''",
        "ticket ADD COLUMN aim VARCHAR NOT NULL DEFAULT '{}'",
        "ticket ADD COLUMN candidates INTEGER",
        "ticket ADD COLUMN novelty FLOAT",
        "candidate ADD COLUMN tier VARCHAR",
        "candidate ADD COLUMN language VARCHAR",
        "candidate ADD COLUMN found VARCHAR NOT NULL DEFAULT '{}'",
        "item ADD COLUMN output_shape VARCHAR NOT NULL DEFAULT ''",
        "item ADD COLUMN shape_evidence VARCHAR NOT NULL DEFAULT ''",
    ):
        connection.execute(text(f"ALTER TABLE {column}"))
    connection.execute(text("UPDATE candidate SET found = json_object('category', category_evidence) WHERE category_evidence != ''"))
    connection.execute(text("ALTER TABLE candidate DROP COLUMN category_evidence"))
    connection.execute(
        text(
            "UPDATE ticket SET candidates = (SELECT count(*) FROM candidate c WHERE c.run_id = ticket.run_id AND c.ticket = ticket.ticket) "
            "WHERE finalized_at != ''"
        )
    )
    connection.execute(
        text(
            "CREATE TABLE evaluation (run_id INTEGER NOT NULL REFERENCES run (run_id), number INTEGER NOT NULL, source VARCHAR NOT NULL, "
            "text VARCHAR NOT NULL, PRIMARY KEY (run_id, number))"
        )
    )
    settle(connection, {"steer.enabled": False, "gate.shape.requests_only": False, "gate.privacy.secrets": False})


MIGRATIONS: list[Callable[[Connection], None]] = [steered]


def settle(connection: Connection, settings: dict[str, object]) -> None:
    """Set these dotted keys in the configs of the runs that are there."""
    for run, config in connection.execute(text("SELECT run_id, config FROM run")).all():
        data = with_values(json.loads(config), settings)
        values = {"run": run, "config": json.dumps(data, sort_keys=True, ensure_ascii=False), "digest": digest_of(data)}
        connection.execute(text("UPDATE run SET config = :config, config_digest = :digest WHERE run_id = :run"), values)
