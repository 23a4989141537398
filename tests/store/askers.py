"""Processes that ask about a run's lock, all at once: `askers.py FOLDER COUNT TIMES`. The exit code is how many of them saw it held."""

import os
import sys
import time
from pathlib import Path

from seedgen.store.folder import RunFolder
from seedgen.store.lock import HELD


def ask(folder: RunFolder, times: int) -> bool:
    """Whether the lock was ever held."""
    seen = False
    for _ in range(times):
        seen |= folder.lock_state() == HELD
        time.sleep(0.005)
    return seen


def main(path: str, count: int, times: int) -> int:
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os._exit(ask(RunFolder(Path(path)), times))
        children.append(child)
    os.write(1, b"asking\n")
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
