"""How a database of an earlier schema becomes one of the present: `MIGRATIONS[n]` brings schema n + 1 to n + 2.

Appended, never edited. Each runs in the one transaction that also drops the views before and makes them again after. A run goes on as
it began: what its version did not have yet is set in its config to be off.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection, text

from seedgen.config.model import digest_of, with_values


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


def starts(connection: Connection) -> None:
    """3: a row for each process that worked on the run, and more about calls. Of the earlier processes only the last is known.

    When an answer was received is told by its call; half a SHA-256 tells requests apart as well as a whole one.
    """
    connection.execute(
        text(
            "CREATE TABLE start (run_id INTEGER NOT NULL REFERENCES run (run_id), number INTEGER NOT NULL, version VARCHAR NOT NULL, "
            "prices VARCHAR NOT NULL, host VARCHAR NOT NULL, pid INTEGER, tickets INTEGER NOT NULL, accepted INTEGER NOT NULL, "
            'started_at VARCHAR NOT NULL, ended_at VARCHAR NOT NULL, "end" VARCHAR NOT NULL, end_message VARCHAR NOT NULL, '
            "PRIMARY KEY (run_id, number))"
        )
    )
    connection.execute(
        text(
            "INSERT INTO start SELECT run_id, 1, version, '', '', NULL, "
            "(SELECT count(*) FROM ticket t WHERE t.run_id = run.run_id AND t.finalized_at != '' AND t.finalized_at < run.started_at), "
            "(SELECT count(*) FROM item i JOIN ticket t ON t.run_id = i.run_id AND t.ticket = i.ticket "
            "WHERE i.run_id = run.run_id AND i.position IS NOT NULL AND t.finalized_at < run.started_at), "
            "started_at, ended_at, \"end\", end_message FROM run WHERE started_at != ''"
        )
    )
    for column in ("end", "end_message", "started_at", "ended_at"):
        connection.execute(text(f'ALTER TABLE run DROP COLUMN "{column}"'))
    for column in ("waited FLOAT", "answered_by VARCHAR NOT NULL DEFAULT ''", "notes VARCHAR NOT NULL DEFAULT ''"):
        connection.execute(text(f"ALTER TABLE call ADD COLUMN {column}"))
    connection.execute(text("UPDATE call SET answered_by = model WHERE state = 'answered'"))  # which was written over the one asked for
    connection.execute(text("ALTER TABLE answer DROP COLUMN received_at"))
    connection.execute(text("UPDATE call SET request_digest = substr(request_digest, 1, 32)"))


def roles(connection: Connection) -> None:
    """4: what a call is asked for, and by which rules its answer was read; items and candidates of more kinds."""
    for column in (
        "call ADD COLUMN role VARCHAR NOT NULL DEFAULT ''",
        "call ADD COLUMN reader VARCHAR NOT NULL DEFAULT ''",
        "candidate ADD COLUMN compared VARCHAR",
        "item ADD COLUMN kind VARCHAR NOT NULL DEFAULT ''",
        "item ADD COLUMN payload VARCHAR NOT NULL DEFAULT ''",
    ):
        connection.execute(text(f"ALTER TABLE {column}"))
    connection.execute(text("UPDATE call SET role = step"))  # the only recipes there were named their steps after their roles
    connection.execute(text("UPDATE call SET reader = '1' WHERE answered_by != '' OR state = 'answered'"))


def marks(connection: Connection) -> None:
    """5: what people made of items, and how far the dataset reaches."""
    connection.execute(text("ALTER TABLE run ADD COLUMN reach INTEGER NOT NULL DEFAULT 0"))
    connection.execute(text("UPDATE run SET reach = target"))
    connection.execute(
        text(
            "CREATE TABLE mark (run_id INTEGER NOT NULL, ticket INTEGER NOT NULL, ordinal INTEGER NOT NULL, instance INTEGER NOT NULL, "
            "version INTEGER NOT NULL, rejected BOOLEAN NOT NULL, instruction VARCHAR, input VARCHAR, output VARCHAR, "
            "note VARCHAR NOT NULL, marked_by VARCHAR NOT NULL, marked_at VARCHAR NOT NULL, "
            "PRIMARY KEY (run_id, ticket, ordinal, instance, version), "
            "FOREIGN KEY(run_id, ticket, ordinal, instance) REFERENCES item (run_id, ticket, ordinal, instance))"
        )
    )


MIGRATIONS: list[Callable[[Connection], None]] = [steered, starts, roles, marks]


def settle(connection: Connection, settings: dict[str, object]) -> None:
    """Set these dotted keys in the configs of the runs that are there."""
    for run, config in connection.execute(text("SELECT run_id, config FROM run")).all():
        data = with_values(json.loads(config), settings)
        values = {"run": run, "config": json.dumps(data, sort_keys=True, ensure_ascii=False), "digest": digest_of(data)}
        connection.execute(text("UPDATE run SET config = :config, config_digest = :digest WHERE run_id = :run"), values)
