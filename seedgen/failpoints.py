"""Named places in the code where a process may be made to die, or an operation to fail, by whoever tests what survives that.

`failpoint(name)` does nothing unless a test has set `hook`, which is then called with the name and may raise, or kill the process.
Every name is in `POINTS`, with what is known and what is at stake there; `docs/reliability.md` tells what has been tried at each.
"""

from __future__ import annotations

from collections.abc import Callable

hook: Callable[[str], None] | None = None

POINTS = {
    "folder.made": "the run's folder is there, empty",
    "folder.locked": "this process holds the run",
    "start.opened": "the database is open, its record not read",
    "start.known": "config, seeds and templates are settled",
    "start.read": "what earlier starts left has been read",
    "start.rebuilt": "the gate, too, is as earlier starts left it; tickets may be asked already",
    "start.looping": "the first ticket is about to be walked",
    "ask.launching": "a call is about to be written down",
    "ask.sending": "a call is written down, and about to be sent",
    "ask.received": "an answer is in memory alone: it is paid for and may be lost",
    "ask.saved": "an answer is saved, and not yet parsed",
    "ask.read": "an answer is parsed, its cost not yet written down",
    "turn.gated": "a ticket's candidates are judged, in memory alone",
    "turn.finalized": "a ticket's items have their places, in memory alone",
    "drain.halted": "no call is launched from here on; some are in flight",
    "drain.drained": "no call is in flight any more; the end is not written down",
    "commit.begun": "a transaction has begun",
    "commit.create": "a new run's record is in the transaction",
    "commit.start": "a start is in the transaction",
    "commit.change": "changed settings are in the transaction",
    "commit.vectors": "the seeds' embeddings are in the transaction",
    "commit.open_ticket": "a ticket's beginning is in the transaction",
    "commit.sending": "a call is in the transaction",
    "commit.received": "an answer is in the transaction",
    "commit.read": "an answer's usage and cost are in the transaction",
    "commit.failed": "a call's failure is in the transaction",
    "commit.dropped": "a free call that was in flight at the halt is in the transaction",
    "commit.gave_up": "a call that is not tried again is in the transaction",
    "commit.ticket": "a finished ticket is in the transaction",
    "commit.adopted": "a ticket judged again is in the transaction",
    "commit.end": "the end of a start is in the transaction",
    "commit.executed": "a transaction is about to be committed",
    "commit.done": "a transaction is committed, and nobody has been told",
    "migrate.copying": "a database of an earlier schema is about to be copied",
    "migrate.copied": "it is copied, and not changed yet",
    "migrate.step": "one step of the schema has been taken, in a transaction",
    "migrate.stamping": "all steps have been taken; the version is still the old one",
    "migrate.done": "the new schema is committed",
    "export.synced": "a file is whole under its hidden name, the other one perhaps not",
    "export.written": "both files are written under their hidden names",
    "export.renamed": "the new sidecar stands beside the old dataset",
    "regate.drafting": "the draft of a run judged again is open, and empty",
    "regate.drafted": "the draft is whole, and not the run yet",
}


def failpoint(name: str) -> None:
    """Pass the place `name`, one of `POINTS`."""
    if hook is not None:
        hook(name)
