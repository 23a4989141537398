"""What people make of items: versions beside them, and a dataset that stays exact."""

import json
from pathlib import Path

import pytest
from finished import copy_of, finished_run

from seedgen import mark, mark_all, open_run, regate, resume
from seedgen.audit import check_run
from seedgen.dataset import export
from seedgen.errors import UsageError
from seedgen.store.ports import RunReader


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def done(finished: RunReader, tmp_path: Path) -> RunReader:
    """A finished run of 12 items, to be marked."""
    return copy_of(finished, tmp_path)


def refs(reader: RunReader, standing: str = "accepted") -> list[str]:
    return [line.ref for line in reader.items(standing=standing)]  # type: ignore[arg-type]


def standing_figures(reader: RunReader) -> tuple[int, int, int]:
    summary = reader.summary()
    return summary.accepted, summary.surplus, summary.rejected


def test_a_rejected_item_makes_room_for_the_next_surplus_one(done: RunReader, tmp_path: Path) -> None:
    before, (accepted, surplus, _) = refs(done), standing_figures(done)
    assert surplus >= 1, "this run leaves some"
    kept = mark("done", before[3], reject=True, note="wrong", by="ada", runs=tmp_path)
    assert (kept.version, kept.rejected, kept.note, kept.marked_by) == (1, True, "wrong", "ada")
    assert standing_figures(done) == (accepted, surplus - 1, 1)
    assert refs(done) == sorted([*before, *refs(done)[-1:]], key=before_key)[:3] + sorted([*before[4:], refs(done)[-1]], key=before_key)
    assert refs(done, "rejected") == [before[3]]
    assert check_run(done).problems == ()


def before_key(ref: str) -> tuple[int, ...]:
    return tuple(map(int, ref.split(".")))


def test_where_no_surplus_is_left_the_run_makes_more_and_ends_with_exactly_its_target(done: RunReader, tmp_path: Path) -> None:
    out = refs(done) + refs(done, "surplus")
    for ref in out[:-1]:
        mark("done", ref, reject=True, runs=tmp_path)
    assert standing_figures(done) == (1, 0, len(out) - 1)
    ending = resume("done", runs=tmp_path)
    accepted, _, rejected = standing_figures(done)
    assert (ending.end, ending.accepted, accepted, rejected) == ("target", 12, 12, len(out) - 1)
    assert not set(out[:-1]) & set(refs(done))
    assert check_run(done).problems == ()


def test_the_dataset_is_the_same_whenever_items_were_rejected(finished: RunReader, tmp_path: Path) -> None:
    early, late = (copy_of(finished, tmp_path / name) for name in ("early", "late"))
    out = refs(finished)[2:6]
    for ref in out:
        mark("done", ref, reject=True, runs=tmp_path / "early")
    for runs in (tmp_path / "early", tmp_path / "late"):
        resume("done", {"target": 20}, runs=runs)
    for ref in reversed(out):
        mark("done", ref, reject=True, runs=tmp_path / "late")
    resume("done", runs=tmp_path / "late")
    assert early.fingerprint() == late.fingerprint() != finished.fingerprint()
    assert standing_figures(early)[0] == standing_figures(late)[0] == 20


def test_accepting_it_again_gives_the_dataset_back(done: RunReader, tmp_path: Path) -> None:
    before = done.fingerprint()
    for reject in (True, False):
        mark("done", refs(done)[0] if reject else refs(done, "rejected")[0], reject=reject, runs=tmp_path)
    assert done.fingerprint() == before
    assert [each.version for each in done.life(refs(done)[0]).marks] == [1, 2]


def test_an_edited_item_is_told_with_its_new_texts_and_keeps_the_old_ones(done: RunReader, tmp_path: Path) -> None:
    first = next(iter(done.accepted()))
    mark("done", first.ref, edit={"output": "A better answer."}, by="ada", runs=tmp_path)
    mark("done", first.ref, edit={"instruction": "Say it better."}, by="bob", runs=tmp_path)
    edited = next(iter(done.accepted()))
    assert (edited.instruction, edited.input, edited.output) == ("Say it better.", first.input, "A better answer.")
    assert done.items(limit=1, standing="accepted")[0].output == "A better answer."
    life = done.life(first.ref)
    assert (life.instruction, [each.marked_by for each in life.marks]) == (first.instruction, ["ada", "bob"])
    assert check_run(done).problems == ()


def test_an_export_leaves_out_what_was_rejected_and_says_how_much(done: RunReader, tmp_path: Path) -> None:
    first, second, *_ = refs(done)
    mark("done", first, reject=True, runs=tmp_path)
    mark("done", second, edit={"output": "Better."}, note="typo", by="ada", runs=tmp_path)
    report = export(done, "alpaca", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in report.path.read_text().splitlines()]
    origins = [json.loads(line) for line in report.sidecar.read_text().splitlines()]
    assert (report.rejected, rows[0]["output"], first in {each["item"] for each in origins}) == (1, "Better.", False)
    assert [(each["mark"]["version"], each["mark"]["note"]) for each in origins if "mark" in each] == [(1, "typo")]


def test_marks_go_with_the_items_that_pass_in_a_regated_run(done: RunReader, tmp_path: Path) -> None:
    first, second, *_ = refs(done)
    mark("done", first, reject=True, runs=tmp_path)
    mark("done", second, edit={"output": "Better."}, runs=tmp_path)
    changes = regate("done", {"gate.rouge.threshold": 0.69}, "again", runs=tmp_path)
    again = open_run("again", tmp_path)
    assert (refs(again, "rejected"), next(iter(again.accepted())).output) == ([first], "Better.")
    assert changes.after.accepted == again.summary().accepted
    assert check_run(again).problems == ()


@pytest.mark.parametrize(
    ("item", "edit", "says"),
    [
        ("999.0", {}, "no item 999.0"),
        ("nonsense", {}, "names no item"),
        ("0.0.7", {}, "no item 0.0.7"),
        ("first", {"instruction": "  "}, "cannot be empty"),
        ("first", {"verb": "sing"}, '"verb" is no text of an item'),
    ],
)
def test_what_cannot_be_marked_is_told_and_changes_nothing(
    done: RunReader, tmp_path: Path, item: str, edit: dict[str, str], says: str
) -> None:
    before = done.fingerprint()
    with pytest.raises(UsageError, match=says):
        mark("done", refs(done)[0] if item == "first" else item, edit=edit, runs=tmp_path)
    assert done.fingerprint() == before


def test_a_refused_item_cannot_be_marked(done: RunReader, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no item|was refused"):
        mark("done", refs(done, "refused")[0], reject=True, runs=tmp_path)


@pytest.mark.parametrize("odd", ["\0", "\ud800", "\x1b[31m", "\U000e0041"])
def test_what_nobody_can_see_is_no_text_of_a_mark(done: RunReader, tmp_path: Path, odd: str) -> None:
    item = refs(done)[0]
    for said in ({"edit": {"output": f"a{odd}b"}}, {"edit": {"input": odd}}, {"note": odd}, {"by": f"ada{odd}"}):
        with pytest.raises(UsageError, match="cannot be shown"):
            mark("done", item, runs=tmp_path, **said)  # type: ignore[arg-type]
    assert done.life(item).marks == ()


def test_many_are_marked_at_once_up_to_one_that_cannot_be(done: RunReader, tmp_path: Path) -> None:
    out = refs(done)[:3]
    kept = mark_all("done", [*out, out[0]], reject=True, by="ada", runs=tmp_path)
    assert [(each.ref, each.version) for each in kept] == [(out[0], 1), (out[1], 1), (out[2], 1), (out[0], 2)]
    with pytest.raises(UsageError, match=r"no item 99\.9"):
        mark_all("done", [out[0], "99.9", out[1]], runs=tmp_path)
    assert set(refs(done, "rejected")) == {out[1], out[2]}
    assert check_run(done).problems == ()
