"""A run from outside: start it, go on with it, or judge its answers again.

    ending = run(Config(target=100), name="first")                     start it, or go on with it if it is there
    ending = resume("first", {"target": 200})                          go on with what the run itself remembers
    changes = regate("first", {"gate.rouge.threshold": 0.6})           a new run from its saved answers, under other rules
    mark("first", "17.3", reject=True, note="wrong sum")               leave an item out of its dataset

They work in a notebook, too. `arun`, `aresume` and `aregate` are the same for code that is in an event loop: `await arun(…)`.

The first two find the folder, hold it against a second process, settle which config, seeds and templates count, and leave the rest to
`seedgen.runs.start`. `Ending` says why the run stopped; errors are `SeedgenError`s. `python -m seedgen.api` is the process that
`seedgen.runs.spawn` starts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedgen.ask.prompt import read_templates
from seedgen.config.model import Config
from seedgen.draw.taxonomy import Taxonomy, of_seeds, read_taxonomy
from seedgen.errors import SeedgenError, UsageError
from seedgen.events import Listener, Notice
from seedgen.failpoints import failpoint
from seedgen.gate.decontamination import DecontaminationConfig
from seedgen.inputs.bundled import bundled
from seedgen.inputs.evaluation import read_evaluation
from seedgen.inputs.seeds import read_seeds
from seedgen.recipes import build_recipes, samples
from seedgen.records import Answer, Mark, SeedTask, parse_ref
from seedgen.runs.blocking import in_a_loop, waited
from seedgen.runs.drift import Made, remembered
from seedgen.runs.drift import continued as expect_same
from seedgen.runs.job import Caller, JobAtHand, RunEnding, at_hand, broadcast, environment
from seedgen.runs.marking import put_marks, with_texts
from seedgen.runs.paused import gone_on, paused
from seedgen.runs.progress import judging
from seedgen.runs.regate import make_regated
from seedgen.runs.snapshot import Tally
from seedgen.runs.spawn import Launch, attend
from seedgen.runs.start import Start, utc_now
from seedgen.store.folder import RunFolder, all_runs, checked_name, existing_run, fresh_folder
from seedgen.store.open import open_run, open_store, read_run
from seedgen.store.ports import Call, Kept
from seedgen.teachers.wire import read_saved

if TYPE_CHECKING:
    from seedgen.audit.changes import Changes

RUNS = Path("runs")
TAXONOMY = "taxonomy.toml"
DONE = ("target", "exhausted", "answers")
"""Ends after which there is nothing to go on with."""


def answer_of(call: Call) -> Answer | None:
    """What came back for one of the calls of an item's life: `.text`, `.reasoning` (what was thought before it), `.usage`; or None."""
    return read_saved(call.body, call.reader)


def run(
    config: Config,
    name: str | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    handle_signals: bool = False,
    tally: Tally | None = None,
    progress: bool | None = None,
    sources: Mapping[str, str] | None = None,
) -> RunEnding:
    """Start the run `name`, or go on with it if it exists and its config agrees. Without a name, start a new one (run-1, run-2 …),
    whatever others there are: see `unfinished`.

    Works in a notebook too, where an event loop runs already. A progress bar is shown on standard error if `progress` says so, or, where it
    says nothing, in a notebook or an interactive session. On Ctrl-C the calls in flight are awaited and saved, then `KeyboardInterrupt` is
    raised; a second one leaves at once. With `handle_signals` (main thread only, no loop running), SIGINT and SIGTERM end the run well
    instead, a second one at once. `environ` holds the keys of teachers (default: the process's environment); `sources` says where settings,
    by dotted key, were written, which the listeners are told before anybody is asked. `tally`, if given, is kept up
    to date, to be looked at meanwhile. While it works, the job can be watched and told what to do from any process
    (`seedgen.runs.heartbeat`, `seedgen.runs.orders`), and keeps a log (`seedgen.runs.log`).
    Raises `UsageError` (config, seeds, templates, evaluation files), `ConfigDrift`, `RunLocked`, `StoreBroken`, or `TeacherError` (it
    cannot be opened).
    """
    with started(config, name, Path(runs), Caller(listeners, environ, tally, progress, sources)) as job:
        return waited(partial(job.go, handle_signals and not in_a_loop()))


async def arun(
    config: Config,
    name: str | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    tally: Tally | None = None,
    progress: bool | None = None,
    sources: Mapping[str, str] | None = None,
) -> RunEnding:
    """`run`, in the event loop that is there. Cancelled, it stops launching, awaits and saves what is in flight, and then raises
    `CancelledError`: nothing that was paid for is lost. Cancelled once more, it leaves at once.
    """
    with started(config, name, Path(runs), Caller(listeners, environ, tally, progress, sources)) as job:
        return await job.go()


def resume(
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    handle_signals: bool = False,
    tally: Tally | None = None,
    progress: bool | None = None,
    sources: Mapping[str, str] | None = None,
) -> RunEnding:
    """Go on with a run from its own record: config, seeds and templates as they were when it was made.

    `settings` maps dotted keys to new values, such as {"target": 200, "limits.max_cost": 5}; only live settings may change, and the
    target may only grow. Everything else is as for `run`. A job that is paused goes on where it is, in its own process: this one waits
    until it has ended, and hears no events.
    """
    if paused(folder := existing_run(name, Path(runs))):
        return waited(partial(gone_on, folder, settings or {}))
    with continued(name, settings or {}, Path(runs), Caller(listeners, environ, tally, progress, sources)) as job:
        return waited(partial(job.go, handle_signals and not in_a_loop()))


async def aresume(
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    tally: Tally | None = None,
    progress: bool | None = None,
    sources: Mapping[str, str] | None = None,
) -> RunEnding:
    """`resume`, in the event loop that is there; cancelled as `arun` is. A paused job that went on goes on when this is cancelled."""
    if paused(folder := existing_run(name, Path(runs))):
        return await gone_on(folder, settings or {})
    with continued(name, settings or {}, Path(runs), Caller(listeners, environ, tally, progress, sources)) as job:
        return await job.go()


def regate(
    run: str,
    settings: Mapping[str, Any] | None = None,
    name: str | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    examples: int = 3,
    progress: bool | None = None,
) -> Changes:
    """Make the run `name` (default: <run>-regated-1 …) from the saved answers of `run`, judged under other settings. No teacher is asked.

    `settings` maps dotted keys of the gate, the output checks, or "target", to new values. The draws stay as they were: this tells what
    other rules would have made of these answers, not which answers a run under them would have been given. `run` is only read; what a
    killed regating leaves is thrown away by the next. Returns what changed, with so many examples of each kind.
    Raises `UsageError`, `RunConflict` (another run has that name), `RunLocked`, `StoreBroken`, `TeacherError` (no embeddings).
    """
    how: dict[str, Any] = {"runs": runs, "listeners": listeners, "environ": environ, "examples": examples, "progress": progress}
    return waited(partial(aregate, run, settings, name, **how))


async def aregate(
    run: str,
    settings: Mapping[str, Any] | None = None,
    name: str | None = None,
    *,
    runs: Path | str = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] | None = None,
    examples: int = 3,
    progress: bool | None = None,
) -> Changes:
    """`regate`, in the event loop that is there. Cancelled, it makes no run: it is there whole or not at all."""
    base = open_run(run, Path(runs))
    if name is None:
        folder = fresh_folder(Path(runs), f"{base.folder.name[:48]}-regated")
    else:
        folder = RunFolder((Path(runs) / checked_name(name)).resolve())
        folder.make()
    with folder.held(), judging(base, progress) as bar:
        tell = broadcast([*bar, *listeners])
        await make_regated(base, folder, settings or {}, environ=environment(environ), emit=tell, now=utc_now)
    from seedgen.audit.changes import compare_runs  # a tenth of what a new run imports, and it needs none of it

    return compare_runs(base, read_run(folder), examples)


def mark(
    run: str,
    item: str,
    *,
    reject: bool = False,
    edit: Mapping[str, str] | None = None,
    note: str = "",
    by: str = "",
    runs: Path | str = RUNS,
) -> Mark:
    """Leave an item out of the dataset (`reject`), or put it in again, with other texts if `edit` has any (instruction, input, output).

    `item` is its name, such as "17.3". What was made stays in the record, and so does each mark; the last counts. In place of a rejected
    item the next one that passed counts; where there is none, the run makes one more when it goes on. `note` says why, `by` who said so.
    Raises `UsageError` (no such item, or one that was refused), `RunConflict`, `RunLocked`, `StoreBroken`.
    """
    return mark_all(run, [item], reject=reject, edit=edit, note=note, by=by, runs=runs)[0]


def mark_all(
    run: str,
    items: Sequence[str],
    *,
    reject: bool = False,
    edit: Mapping[str, str] | None = None,
    note: str = "",
    by: str = "",
    runs: Path | str = RUNS,
) -> list[Mark]:
    """As `mark`, of many items at once. If one cannot be marked, those before it are."""
    return list(marking(run, items, reject=reject, edit=edit, note=note, by=by, runs=runs))


def marking(
    run: str, items: Sequence[str], *, reject: bool, edit: Mapping[str, str] | None, note: str, by: str, runs: Path | str
) -> Iterator[Mark]:
    """As `mark_all`, mark by mark, so that those before a fault are known."""
    wanted = [with_texts(Mark(*parse_ref(item), rejected=reject, note=note, marked_by=by), edit or {}) for item in items]
    return put_marks(existing_run(run, Path(runs)), wanted, utc_now)


def carry_out(launch: Launch, listener: Listener, tally: Tally) -> RunEnding:
    """Do what a launch says, in this process, to the run's end; signals end it well. Raises as `run` and `resume` do."""
    how: dict[str, Any] = {
        "runs": launch.runs, "listeners": [listener], "handle_signals": True, "tally": tally, "progress": False, "sources": launch.sources,
    }  # fmt: skip
    return run(launch.config, launch.name, **how) if launch.config else resume(str(launch.name), launch.settings, **how)


@contextmanager
def started(
    config: Config,
    name: str | None,
    runs: Path,
    caller: Caller,
) -> Iterator[JobAtHand]:
    """The job that `run` is, in a folder that is held."""
    notes: list[str] = []
    made = made_of(config, notes.append)
    folder = RunFolder((runs / checked_name(name)).resolve()) if name is not None else fresh_folder(runs)
    folder.make()
    with folder.held():

        def make(emit: Listener) -> Start:
            for note in notes:
                emit(Notice(note))
            return Start(folder, made, emit, environment(caller.environ), caller.sources or {})

        with at_hand(folder, make, caller) as job:
            yield job


@contextmanager
def continued(
    name: str,
    settings: Mapping[str, Any],
    runs: Path,
    caller: Caller,
) -> Iterator[JobAtHand]:
    """The job that `resume` is, in a folder that is held."""
    folder = existing_run(name, runs)
    with folder.held():

        def make(emit: Listener) -> Start:
            return resumed(folder, settings, emit, environment(caller.environ), caller.sources or {})

        with at_hand(folder, make, caller) as job:
            yield job


def made_of(config: Config, tell: Callable[[str], None] = lambda _: None) -> Made:
    """What a config names: seeds (`tell` hears what was left of them), templates, taxonomy, evaluation items. Raises `UsageError`."""
    seeds, evaluation = read_seeds(config.seeds, tell), read_evaluation(config.gate.of(DecontaminationConfig).files)
    recipes = build_recipes(config.recipes)
    names = dict.fromkeys(template for recipe in recipes.values() for template in recipe.templates)
    templates = read_templates(tuple(names), bundled("prompts"))
    for recipe in recipes.values():
        values = samples(recipe, seeds)
        for name in recipe.templates if values else ():
            templates[name].try_out(**values)
    return Made(config, seeds, templates, chosen_taxonomy(config, seeds), evaluation)


def unfinished(config: Config, runs: Path = RUNS) -> RunFolder | None:
    """A run that the same config made, to the same target, and that has not come to its end; None if there is none."""
    made = made_of(config)
    for folder in all_runs(runs):
        with suppress(SeedgenError), read_run(folder).saved() as saved:
            record = saved.record()
            if record.end not in DONE and record.target == config.target:
                expect_same(Kept(record, saved.seeds(), saved.templates(), saved.evaluation()), made)
                return folder
    return None


def resumed(
    folder: RunFolder, settings: Mapping[str, Any], emit: Listener, environ: Mapping[str, str], sources: Mapping[str, str]
) -> Start:
    """A start from what the run's own database keeps, which it goes on to work with."""
    store = open_store(folder, utc_now)
    failpoint("start.opened")
    try:
        kept = store.kept()
        if kept is None:
            raise UsageError(f'run "{folder.name}" was never truly started; start it with: seedgen run --name {folder.name}')
        return Start(folder, remembered(kept, settings), emit, environ, sources, store, kept)
    except BaseException:  # whatever it is, the database is let go of
        store.close()
        raise


def chosen_taxonomy(config: Config, seeds: Sequence[SeedTask]) -> Taxonomy:
    """The taxonomy that `steer.taxonomy` names. Raises `UsageError`."""
    setting, bundled_one = config.steer.taxonomy, bundled("seeds") / TAXONOMY
    if setting != "seeds":
        return read_taxonomy(bundled_one if setting == "bundled" else Path(setting).expanduser())
    beside = (Path(place).expanduser() / TAXONOMY for place in config.seeds if place != "bundled")
    own = next((path for path in beside if path.is_file()), None)
    return read_taxonomy(own) if own else of_seeds(read_taxonomy(bundled_one), seeds)


if __name__ == "__main__":
    sys.exit(attend(carry_out))
