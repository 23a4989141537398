"""`seedgen teacher`: an OpenAI-compatible endpoint of our own, for trials and for other programs."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console
from seedgen.errors import UsageError
from seedgen.scripted.faults import parse_faults, parse_latency
from seedgen.scripted.server import ScriptedServer
from seedgen.teachers.local import serve_local


def command(
    kind: Annotated[options.Server, typer.Argument(metavar="local|scripted", show_default=False)],
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
    slots: Annotated[int, typer.Option("--slots", metavar="N", min=1, max=64, help="local: parallel requests.")] = 4,
    as_json: options.Json = False,
) -> int:
    """Serve an OpenAI-compatible endpoint until Ctrl-C.

    It listens on loopback only: the bundled model, or the scripted teacher, which answers our prompts the same way every time.
    """
    if kind == "local" and (latency or faults):
        raise UsageError("--latency and --faults are for the scripted teacher; the local one takes the time it takes")
    try:
        asyncio.run(
            serve_scripted(port, latency or "0", faults or "", as_json) if kind == "scripted" else serve_bundled(port, slots, as_json)
        )
    except OSError as exc:
        raise UsageError(f"port {port}: cannot be listened on: {exc.strerror}; give another --port, or 0 for any free one") from exc
    return 0


async def serve_scripted(port: int, latency: str, faults: str, as_json: bool) -> None:
    async with ScriptedServer(port, parse_latency(latency), parse_faults(faults)) as server:
        announce(server.url, as_json)
        await stopped()


async def serve_bundled(port: int, slots: int, as_json: bool) -> None:
    announce(serve_local(port, slots), as_json)
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
