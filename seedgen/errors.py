"""Every error seedgen raises on purpose; the name says what to do next.

    SeedgenError                   exit code
    ├── UsageError                 2   the user's input is wrong: a flag, a config key, a seed line, a name
    │   ├── NotInstalled               a config names what another package brings, and that is not here
    │   └── FaultyPlugin               another package declares a plug-in that cannot be used
    ├── RunConflict                4   this run cannot be continued like that
    │   ├── ConfigDrift                its config, seeds or prompts are no longer what they were
    │   └── RunLocked                  another process is working on it
    ├── StoreBroken                1   the database cannot be read or written (disk full, corrupt, newer schema)
    └── TeacherError               5   where it ends a command: the teacher cannot be asked
        ├── TeacherTransient           try again soon: 5xx, reset, timeout, a body that is no answer
        │   └── TeacherUnreachable         nobody is there to be asked; if that lasts, the run stops
        ├── TeacherBusy                try again when told: 429
        │   └── TeacherLoading             it is there, its model is not yet
        ├── AskAnew                    try again at once, with a request made anew
        ├── TeacherRefused             this prompt will never be answered: content filter, 400; recorded, run goes on
        │   └── PromptTooLong              a shorter one may be: context length, 413
        └── TeacherFatal               no prompt will be answered: bad key, no quota, no such model; the run stops
            ├── SettingRefused             not as long as we send this parameter
            └── TeacherDoubted             refused before anything was answered: perhaps every prompt is

Refusals of candidates are not errors: they are values (`records.Verdict`). Stopping for a limit is not an error either: it is the
run's `Ending`. Foreign exceptions are translated where they enter (teacher, store, config), always `from exc`.
"""

from __future__ import annotations


class SeedgenError(Exception):
    """A failure with a message for people: what was found, where, and what would do."""

    exit_code = 1


class UsageError(SeedgenError):
    """Something a person wrote cannot be used: a config key, a seed line, a run name."""

    exit_code = 2


class NotInstalled(UsageError):
    """All that is wrong with a config is that it names what nobody here brings: a kind of teacher, a check, a recipe, a filter."""


class FaultyPlugin(UsageError):
    """A package that is installed declares something that cannot be used; nothing else is at fault."""


class RunConflict(SeedgenError):
    """The run exists, but cannot be continued in the way that was asked."""

    exit_code = 4


class ConfigDrift(RunConflict):
    """A setting, seed, template or saved prompt differs from what the run was made with."""


class RunLocked(RunConflict):
    """Another process is working on this run."""


class StoreBroken(SeedgenError):
    """The run's database cannot be read or written."""


class TeacherError(SeedgenError):
    """A call to a teacher failed. `status` is the HTTP status, if one was received.

    `unseen` is True if the request went out and it is not known what came of it: an answer may have been billed. `retry_after` are the
    seconds after which the teacher says to come again, None if it does not say. `late`: we waited as long as we may. `unclear`: nothing
    says that it is for this prompt that it was refused.
    """

    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        unseen: bool = False,
        retry_after: float | None = None,
        late: bool = False,
        unclear: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.unseen, self.retry_after, self.late, self.unclear = status, unseen, retry_after, late, unclear


class TeacherTransient(TeacherError):
    """The same call may succeed soon: a 5xx, a reset, a timeout, a body that is no answer."""


class TeacherUnreachable(TeacherTransient):
    """Nothing answers at the teacher's address."""


class TeacherBusy(TeacherError):
    """The teacher asks for patience."""


class TeacherLoading(TeacherBusy):
    """The teacher is there, and will answer once it has loaded its model."""


class AskAnew(TeacherError):
    """The same question may be asked again at once, in a request made anew: the teacher has learned what the server takes, or the server
    has answered others since. `notice` is what people should know of it, "" if nothing.
    """

    def __init__(self, message: str, *, status: int | None = None, notice: str = "") -> None:
        super().__init__(message, status=status)
        self.notice = notice


class TeacherRefused(TeacherError):
    """This prompt will never be answered (content filter, context length); other prompts will."""


class PromptTooLong(TeacherRefused):
    """This prompt does not fit into the model's context."""


class TeacherFatal(TeacherError):
    """No prompt will be answered until a person acts: bad key, no quota, no such model."""


class SettingRefused(TeacherFatal):
    """No prompt will be answered as long as it comes with a parameter that the server does not take.

    `parameters` are those of ours that it may be, the likeliest first; `instead` is the one that the server asks for.
    """

    def __init__(self, message: str, *, parameters: tuple[str, ...] = (), instead: str = "", status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.parameters, self.instead = parameters, instead


class TeacherDoubted(TeacherFatal):
    """A refusal that came before the teacher has answered anything in this start: it may be that of every prompt."""
