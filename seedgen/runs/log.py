"""The log of a run, `runs/<name>/log.jsonl`: a line an event, for a person to follow and a program to read.

A line is a JSON object: `time` (UTC), `event`, and what there is to say of it, in short; whole texts are in the database. A call that was
answered has no line: it is a row there, and at hundreds a minute it would push out all that one looks for in a log. A full file becomes
log.jsonl.1, that one log.jsonl.2 and so on; the oldest goes. A disk that takes no more is said once, and never ends the run.
"""

from __future__ import annotations

import errno
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from seedgen.errors import UsageError
from seedgen.events import CallEnded, Ending, Event, Notice, Paused, RunStarted, Stopping, TicketFinished, Waiting
from seedgen.store.files import odd, opened

FILE = "log.jsonl"
LARGEST = 8_000_000
"""Bytes of one file."""
FILES = 5
LONGEST_TEXT = 200
Entry = Mapping[str, Any]


class Log:
    """A listener that writes the log of the run in this folder. `say` is told, once, if it cannot be written; `now` gives UTC ISO times."""

    def __init__(self, folder: Path, now: Callable[[], str], say: Callable[[str], None], largest: int = LARGEST) -> None:
        self.path, self.now, self.say, self.largest = folder / FILE, now, say, largest
        self.file: FileIO | None = None
        self.failed = False

    def __call__(self, event: Event) -> None:
        if facts := facts_of(event):
            self.write(**facts)

    def write(self, **facts: Any) -> None:
        """One line more."""
        line = json.dumps({"time": self.now(), **short(facts)}, ensure_ascii=False).encode(errors="replace") + b"\n"
        try:
            self.append(line)
            self.failed = False
        except OSError as exc:
            self.close()
            if not self.failed:
                self.failed = True
                self.say(f"{self.path}: cannot be written: {exc.strerror}; the run goes on without its log")

    def append(self, line: bytes) -> None:
        """Raises `OSError`. What an earlier failure left of a line is ended first."""
        if self.file is not None and not is_there(self.path, self.file):
            self.close()
        if self.file is None:
            self.file = FileIO(opened(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND), "ab+")
            line = line if whole(self.file) else b"\n" + line
        if self.file.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.file.tell() >= self.largest:
            self.rotate()

    def rotate(self) -> None:
        self.close()
        for number in range(FILES - 1, 0, -1):
            older = self.path.with_name(f"{FILE}.{number}")
            newer = self.path.with_name(f"{FILE}.{number - 1}") if number > 1 else self.path
            if newer.exists():
                newer.replace(older)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_there(path: Path, file: FileIO | BinaryIO) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except OSError:
        return False


def whole(file: FileIO) -> bool:
    """Whether its last line is whole."""
    size = os.fstat(file.fileno()).st_size
    return size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"


def facts_of(event: Event) -> dict[str, Any]:
    """What a line says of an event; nothing of a call that was answered."""
    match event:
        case RunStarted(name=_, target=target, accepted=accepted, tickets=tickets, teachers=teachers, unseen_calls=unseen):
            facts = {"event": "started", "target": target, "accepted": accepted, "tickets": tickets, "teachers": ", ".join(teachers)}
            return facts | {"unseen_calls": unseen, "pid": os.getpid()}
        case Notice(message=message):
            return {"event": "notice", "message": message}
        case CallEnded(error=error) if error:
            return {"event": "call_failed", "call": event.key, "teacher": event.teacher, "seconds": round(event.seconds, 2), "error": error}
        case TicketFinished(result=result):
            admitted, passed = sum(g.admitted for g in result.gated), sum(i.position is not None for i in result.items)
            counts = {"candidates": len(result.gated), "admitted": admitted, "passed": passed, "accepted": event.accepted}
            fault = {"fault": result.fault} if result.fault else {}
            return {"event": "ticket", "ticket": result.draw.ticket, "recipe": result.draw.recipe, **counts, **fault}
        case Waiting(teacher=teacher, seconds=seconds, reason=reason):
            return {"event": "waiting", "teacher": teacher, "seconds": round(seconds, 1), "reason": reason}
        case Paused(paused=paused):
            return {"event": "paused" if paused else "going_on"}
        case Stopping(end=end, message=message, in_flight=in_flight):
            return {"event": "stopping", "end": end, "message": message, "in_flight": in_flight}
        case Ending(end=end, message=message):
            return {"event": "ended", "end": end, "message": message, "accepted": event.accepted, "target": event.target}
    return {}


def short(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v[: LONGEST_TEXT - 1] + "…" if isinstance(v, str) and len(v) > LONGEST_TEXT else v for k, v in facts.items()}


# For those who read it


def entries(folder: Path) -> Iterator[Entry]:
    """Every line there is, oldest first; what is no JSON object is left out. Raises `UsageError` if one of the files cannot be read."""
    for path in [*(folder / f"{FILE}.{number}" for number in range(FILES - 1, 0, -1)), folder / FILE]:
        with suppress(FileNotFoundError), open(descriptor(path), "rb") as file:
            yield from filter(None, map(parsed, file))


def descriptor(path: Path) -> int:
    """Of a log, to read it. Raises `FileNotFoundError`, or `UsageError` if it cannot be read."""
    try:
        if what := odd(path):
            raise UsageError(f"{path}: {what}, and no log; move it away: whoever works on the run writes its log again")
        return opened(path)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror}; ask as the user whose run it is, or have it made readable") from exc


def has_log(folder: Path) -> bool:
    """Whether any file of a log is there, of whatever kind."""
    return any(os.path.lexists(folder / name) for name in (FILE, *(f"{FILE}.{number}" for number in range(1, FILES))))


def last_entries(folder: Path, count: int) -> list[Entry]:
    """The last so many lines (0: all), oldest first."""
    return list(deque(entries(folder), count or None))


def parsed(line: bytes) -> Entry | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Tail:
    """New lines of a log as they come, from its end on, through every change of file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.file: BinaryIO | None = None
        self.rest = b""
        self.open(os.SEEK_END)

    def open(self, whence: int) -> None:
        with suppress(FileNotFoundError):
            self.file = os.fdopen(descriptor(self.path), "rb")
            self.file.seek(0, whence)

    def new(self) -> Iterator[Entry]:
        """What has come since the last time."""
        yield from self.read()
        if self.file is None or self.moved():
            self.close()
            self.open(os.SEEK_SET)
            yield from self.read()

    def read(self) -> Iterator[Entry]:
        *lines, self.rest = (self.rest + (self.file.read() if self.file else b"")).split(b"\n")
        yield from filter(None, map(parsed, lines))

    def moved(self) -> bool:
        """Whether what we read is no longer the file of that name."""
        return self.file is not None and self.path.exists() and not is_there(self.path, self.file)

    def close(self) -> None:
        if self.file:
            self.file.close()
        self.file, self.rest = None, b""

    def __enter__(self) -> Tail:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def in_words(entry: Entry) -> str:
    """An entry as one readable line: the time, the event, its facts."""
    facts = " · ".join(f"{key.replace('_', ' ')} {value}" for key, value in entry.items() if key not in ("time", "event", "message"))
    words = [str(entry.get("event", "")).replace("_", " "), str(entry.get("message", "")), facts]
    return f"{str(entry.get('time', ''))[:19].replace('T', ' ')}  " + ": ".join(filter(None, words))
