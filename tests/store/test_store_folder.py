import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unprivileged import as_nobody, common_ground

from seedgen.errors import RunLocked, UsageError
from seedgen.store.folder import RunFolder, all_runs, existing_run, fresh_folder
from seedgen.store.lock import FREE, HELD, filesystem, free_here, is_network

ASKERS = Path(__file__).parent / "askers.py"
STRANGER = """
import os, sys
from pathlib import Path
from seedgen.store.folder import RunFolder
if not os.geteuid():
    os.seteuid(65534)
for path in sys.argv[1:]:
    print(RunFolder(Path(path)).lock_state())
"""


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


@pytest.fixture
def askers(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Fifty processes that ask about the run "it", each forty times."""
    with subprocess.Popen([sys.executable, ASKERS, tmp_path / "it", "50", "40"], stdout=subprocess.PIPE, text=True) as process:
        yield process


def begun(askers: subprocess.Popen[str]) -> bool:
    return askers.stdout is not None and askers.stdout.readline() == "asking\n"


def test_those_who_ask_do_not_see_one_another(tmp_path: Path, askers: subprocess.Popen[str]) -> None:
    (a_run(tmp_path / "it").path / "lock").touch()
    assert (begun(askers), askers.wait()) == (True, 0)


def test_a_job_starts_however_many_ask(tmp_path: Path, askers: subprocess.Popen[str]) -> None:
    folder = a_run(tmp_path / "it")
    assert begun(askers)
    for _ in range(20):
        with folder.held():
            assert folder.lock_state() == HELD


def test_to_ask_makes_nothing(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "it")
    assert (folder.lock_state(), [path.name for path in folder.path.iterdir()]) == (FREE, ["run.db"])
    shutil.rmtree(folder.path)
    assert (folder.lock_state(), list(tmp_path.iterdir())) == (FREE, [])


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that other users may look into, and not write to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_another_user_sees_who_is_at_work_and_is_told_what_cannot_be_seen(open_to_all: Path) -> None:
    free, held, hidden = (a_run(open_to_all / name) for name in ("free", "held", "hidden"))
    with free.held():
        pass
    with held.held(), hidden.held():
        (hidden.path / "lock").chmod(0)
        command = [sys.executable, "-c", STRANGER, *(str(folder.path) for folder in (free, held, hidden))]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    reason = "whether a job works on it cannot be seen: its lock cannot be read (Permission denied); ask as the user whose run it is"
    assert told == [str(FREE), str(HELD), f"LockState(answer='unknown', reason='{reason}')"]


def test_a_lock_that_cannot_be_asked_about_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("lock")
    found = RunFolder(tmp_path).lock_state()
    assert (found.answer, "Too many levels of symbolic links" in found.reason) == ("unknown", True)


@pytest.mark.parametrize(("kind", "answer"), [("nfs4", "unknown"), ("", "unknown"), ("ext4", "free")])
def test_a_free_lock_says_nothing_of_another_machine_on_a_network_disk(kind: str, answer: str) -> None:
    found = free_here(kind, "elsewhere")
    assert (found.answer, found == FREE or "ask there" in found.reason) == (answer, True)


@pytest.mark.parametrize(
    ("heartbeat", "host"),
    [
        ('{"state": "running", "host": "elsewhere"}', "elsewhere"),
        ('{"state": "ended", "host": "elsewhere"}', None),
        ("[1]", "a machine that cannot be told"),
    ],
)
def test_the_machine_of_the_last_job_is_known_by_its_heartbeat(tmp_path: Path, heartbeat: str, host: str | None) -> None:
    folder = RunFolder(tmp_path)
    assert folder.last_host() is None
    (tmp_path / "live.json").write_text(heartbeat)
    assert folder.last_host() == host


@pytest.mark.parametrize(("kind", "far"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False), ("overlay", False)])
def test_a_network_file_system_is_known_by_its_type(kind: str, far: bool) -> None:
    assert is_network(kind) is far


def test_a_folder_is_on_the_file_system_mounted_nearest_to_it() -> None:
    mounted = [("/", "ext4"), ("/srv", "nfs4"), ("/srv/fast", "xfs")]
    assert [filesystem(Path(p), mounted) for p in ("/srv/runs", "/srv/fast/runs", "/var")] == ["nfs4", "xfs", "ext4"]


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
    with pytest.raises(UsageError, match="lock: is a folder"), RunFolder(tmp_path / "it").held():
        pass


@pytest.mark.parametrize("look", [all_runs, fresh_folder, lambda runs: RunFolder(runs / "it").make()])
def test_a_file_where_the_runs_should_be_is_said_with_what_would_do(tmp_path: Path, look: Callable[[Path], object]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file.*: (File exists|Not a directory); .*--runs"):
        look(tmp_path / "file")


def test_a_folder_where_nothing_may_be_made_is_said_with_what_would_do() -> None:
    with common_ground() as place, as_nobody():
        for look in (fresh_folder, lambda runs: RunFolder(runs / "it").make()):
            with pytest.raises(UsageError, match="Permission denied; name a folder that you may write to"):
                look(place)
