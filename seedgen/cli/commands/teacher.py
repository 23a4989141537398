"""`seedgen teacher`: an OpenAI-compatible endpoint of our own, for trials and for other programs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from inspect import signature
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console
from seedgen.errors import UsageError
from seedgen.teachers import kinds

SERVERS = {name: kind.serve for name, kind in kinds().items() if kind.serve}
"""How the kinds of teacher that can be served are served, by name."""


def command(
    kind: Annotated[str, typer.Argument(metavar="|".join(SERVERS), help="Which teacher.", show_default=False)],
    port: Annotated[int, typer.Option("--port", metavar="P", min=0, max=65535, help="0 for any free one.")] = 0,
    latency: Annotated[
        str | None, typer.Option("--latency", metavar="S", help="scripted: seconds, lognormal:MEDIAN:SIGMA or uniform:LOW:HIGH.")
    ] = None,
    faults: Annotated[
        str | None,
        typer.Option(
            "--faults", metavar="SPEC", help="scripted: rates, as stray=0.05,status_500=0.02,first.reset=1 (docs/faults.md); or none."
        ),
    ] = None,
    slots: Annotated[
        int | None, typer.Option("--slots", metavar="N", min=1, max=64, help="local: parallel requests, 4 if not given.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Serve a trial or the bundled model, OpenAI-compatible, here.

    It listens on loopback only: the bundled model, or the scripted teacher, which answers our prompts the same way every time.
    """
    given = {"latency": latency, "faults": faults, "slots": slots}
    server = served(kind, port, {name: value for name, value in given.items() if value is not None})
    try:
        asyncio.run(serve(server, as_json))
    except OSError as exc:
        raise UsageError(f"port {port}: cannot be listened on: {exc.strerror}; give another --port, or 0 for any free one") from exc
    return 0


def served(kind: str, port: int, given: Mapping[str, str | int]) -> AbstractAsyncContextManager[str]:
    """The server of a kind. Raises `UsageError` if it cannot be served, or not with these options."""
    if kind not in SERVERS:
        raise UsageError(f'no teacher of kind "{kind}" can be served; there are: {", ".join(SERVERS)}')
    takes = {name: set(signature(server).parameters) for name, server in SERVERS.items()}
    for option in given:
        if option not in takes[kind]:
            takers = " or ".join(name for name in SERVERS if option in takes[name])
            raise UsageError(f"--{option} is for the {takers} teacher; the {kind} one takes no such option")
    return SERVERS[kind](port, **given)


async def serve(server: AbstractAsyncContextManager[str], as_json: bool) -> None:
    async with server as url:
        announce(url, as_json)
        await stopped()


def announce(url: str, as_json: bool) -> None:
    """Say where we listen, at once, whoever reads standard output."""
    if as_json:
        print_json({"url": url}, indent=None)
    else:
        console().print(url)
    console(err=True).print(f"use it with: seedgen run --base-url {url}\nCtrl-C ends it", soft_wrap=True)


async def stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    heard = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, heard.set)
    await heard.wait()
