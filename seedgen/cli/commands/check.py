"""`seedgen check`: the invariants of a run, derived again."""

from __future__ import annotations

from seedgen.audit import check_run
from seedgen.cli import options
from seedgen.cli.plain import plain, print_json
from seedgen.store.open import open_run


def command(run: options.Run, runs: options.Runs = options.RUNS, as_json: options.Json = False) -> int:  # noqa: ARG001 - it is JSON anyway
    """Derive a run again from its raw answers, and compare.

    Prints {"fingerprint", "accepted", "problems"} as JSON, always, and "notes" where there are some; exit 1 if there is a problem.
    """
    report = check_run(open_run(run, runs))
    print_json({name: value for name, value in plain(report).items() if value or name != "notes"})
    return 1 if report.problems else 0
