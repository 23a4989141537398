"""A teacher behind an OpenAI-compatible endpoint: prompts become requests, bodies become answers. Sent by `connection`, read by `wire`.

Trying again, pacing and counting are left to `ask`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from seedgen.ask.pace import LONGEST_HOLD
from seedgen.ask.protocols import Reply
from seedgen.config.model import TeacherConfig
from seedgen.errors import AskAnew, SettingRefused, TeacherError, TeacherLoading, TeacherRefused, UsageError
from seedgen.records import Answer, Prompt, Usage
from seedgen.teachers import TeacherKind
from seedgen.teachers.connection import OPENAI, Connection, checked_headers, checked_key, checked_url, is_openai
from seedgen.teachers.endpoint import Endpoint
from seedgen.teachers.prices import price
from seedgen.teachers.request import LIMITS, Fit, fitted, request_body
from seedgen.teachers.wire import read_body, read_models

OPENAI_MODEL = "gpt-4.1-mini"  # the cheap one that takes temperature, top_p and stop: gpt-5 and later do not
INSTEAD = "use another teacher (--teacher local)"


class OpenAITeacher:
    """See the protocol `seedgen.ask.protocols.Teacher`. The key is read from `environ`, under the name the config gives."""

    def __init__(self, name: str, config: TeacherConfig, environ: Mapping[str, str], *, base_url: str | None = None) -> None:
        self.name = name
        self.model = config.model
        self.chat = config.chat
        self.config = config
        self.refused: dict[str, str] = {}
        self.took_schema = False
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        url = checked_url(base_url or config.base_url or OPENAI)
        key = checked_key(config.api_key_env, environ, url, INSTEAD)
        headers = checked_headers(config.extra_headers, environ)
        self.connection = Connection(Endpoint(url, config.model, config.api_key_env, key), config.timeout, headers, config.api_version)

    @property
    def endpoint(self) -> Endpoint:
        return self.connection.endpoint

    @property
    def base_url(self) -> str:
        return self.endpoint.base_url

    async def open(self) -> None:
        """Asks the server for its only model if the config names none. Raises `UsageError` if it has several."""
        await self.connection.open()
        known = OPENAI_MODEL if is_openai(self.base_url) else deployment(self.base_url)
        self.model = self.model or known or await self._only_model()
        self.connection.endpoint = replace(self.endpoint, model=self.model)

    async def models(self) -> list[str]:
        """What the server says that it offers. Raises `TeacherError`."""
        reply = await self.connection.reply("/models")
        return read_models(reply.body, self.endpoint)

    async def _models_once_loaded(self) -> list[str]:
        """What the server offers; one that is still loading is waited for, as long as one call may take."""
        waited, pause = 0.0, 1.0
        while True:
            try:
                return await self.models()
            except TeacherLoading as exc:
                pause = min(exc.retry_after or 2 * pause, LONGEST_HOLD)
                waited += pause
                if waited > self.config.call_timeout:
                    raise
                await self.sleep(pause)

    async def _only_model(self) -> str:
        models = await self._models_once_loaded()
        if len(models) == 1:
            return models[0]
        offered = f"offers {', '.join(models[:10])}{' …' if len(models) > 10 else ''}" if models else "lists no model"
        raise UsageError(f"{self.base_url} {offered}; say which to use with --model")

    def request(self, prompt: Prompt) -> dict[str, Any]:
        return request_body(prompt, self.model, self.config, self.fit)

    @property
    def fit(self) -> Fit:
        """How the server is asked: as is known of it, and without what it has refused in this start."""
        fit = fitted(self.config, self.base_url, self.model)
        for parameter, instead in self.refused.items():
            fit = fit.without(parameter, instead)
        return fit

    async def send(self, request: Mapping[str, Any]) -> Reply:
        """Raises `AskAnew` where the server refused a parameter of the request: from then on `request` makes them without."""
        schema = self.config.structured == "auto" and "response_format" in request
        try:
            reply = await self.send_as_it_is(request)
            self.look_for_refusal(reply.body)
        except TeacherRefused as exc:
            if not (schema and exc.unclear and not self.took_schema):
                raise
            raise self.without("response_format", "", exc) from exc
        except SettingRefused as exc:
            parameter = next((name for name in exc.parameters if name in request), None)
            if parameter is None or (parameter == "response_format" and self.config.structured == "on"):
                raise
            raise self.without(parameter, exc.instead, exc) from exc
        self.took_schema |= schema
        return reply

    def look_for_refusal(self, body: bytes) -> None:
        """Raises a refusal that a gateway hands on with a 200, if it may be for more than this prompt."""
        if b'"choices"' in body[:1000]:
            return
        try:
            self.read(body)
        except TeacherError as exc:
            if isinstance(exc, SettingRefused) or exc.unclear:
                raise

    def without(self, parameter: str, instead: str, exc: TeacherError) -> AskAnew:
        """Remembers what the server refuses, and says what to do about it."""
        notice = ""
        if parameter not in self.refused:
            others = f"{instead} is sent instead" if parameter in LIMITS and instead else "it is left out"
            notice = f"{self.model} does not take {parameter}; {others} from here on"
        self.refused[parameter] = instead
        return AskAnew(str(exc), status=exc.status, notice=notice)

    async def send_as_it_is(self, request: Mapping[str, Any]) -> Reply:
        return await self.connection.reply("/chat/completions" if self.chat else "/completions", request)

    def read(self, body: bytes) -> Answer:
        return read_body(body, self.endpoint)

    def cost(self, usage: Usage) -> float | None:
        return price(self.model, self.base_url, usage, self.config)

    async def close(self) -> None:
        await self.connection.close()


def deployment(base_url: str) -> str:
    """The model that an address of Azure's names, "" if it names none."""
    return base_url.partition("/openai/deployments/")[2].partition("/")[0]


PLUGIN = TeacherKind("openai", address=True, make=OpenAITeacher)
