from pathlib import Path

import pytest

from seedgen.errors import RunLocked, UsageError
from seedgen.store.folder import RunFolder, existing_run, fresh_folder


def a_run(path: Path) -> RunFolder:
    path.mkdir(parents=True)
    (path / "run.db").write_bytes(b"")
    return RunFolder(path)


def test_a_run_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "it")
    with folder.held():
        assert folder.busy()
        with pytest.raises(RunLocked, match='run "it" is being worked on'), folder.held():
            pass
    assert not folder.busy()


def test_a_run_that_never_came_to_be_leaves_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "it")
    folder.make()
    with folder.held():
        pass
    assert list(tmp_path.iterdir()) == []


def test_new_runs_get_names_of_their_own(tmp_path: Path) -> None:
    assert [fresh_folder(tmp_path / "runs").name for _ in range(3)] == ["run-1", "run-2", "run-3"]


def test_a_run_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "runs" / "it")
    assert existing_run("it", tmp_path / "runs") == existing_run(str(folder.path), Path("elsewhere")) == folder


@pytest.mark.parametrize(
    ("run", "says"), [("nope", "there are: it"), ("/x" * 3000, "no run can be there"), ("../it", "no run"), ("a b", "is no run name")]
)
def test_a_run_that_is_not_there_is_said_to_be_so(tmp_path: Path, run: str, says: str) -> None:
    a_run(tmp_path / "runs" / "it")
    with pytest.raises(UsageError, match=says):
        existing_run(run, tmp_path / "runs")


def test_a_folder_that_cannot_be_locked_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "it" / "lock").mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be locked"), RunFolder(tmp_path / "it").held():
        pass
