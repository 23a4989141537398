"""A prompt as the body of a request in OpenAI's format, fitted to what the server takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from seedgen.config.model import TeacherConfig
from seedgen.records import Options, Prompt

OPTIONS = ("n", "seed", "response_format")
HOTTEST = 2.0
"""The highest temperature that servers take."""
LEAST_TOKENS = 16
"""The smallest limit on the tokens of an answer that all servers take."""
LIMITS = ("max_tokens", "max_completion_tokens")
PARAMETERS = (*LIMITS, "temperature", "top_p", "stop", *OPTIONS)
"""What a request of ours may be sent without."""
AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
REASONING = re.compile(r"(o\d|gpt-[5-9])(?!\d)(?!.*chat)")
"""OpenAI's models that think first (platform.openai.com/docs/guides/reasoning): they take no sampling parameters."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What makes a request one that a server takes: parameters that are left out, what the limit on tokens is called, and its bounds."""

    omitted: frozenset[str] = frozenset()
    limit: str = "max_tokens"
    least: int = 1
    most: int = 2**31

    def without(self, parameter: str, instead: str) -> Fit:
        """The fit of a server that refused this parameter, and asks for another one in its place, or none."""
        if parameter == self.limit and instead in LIMITS and instead not in self.omitted:
            return replace(self, limit=instead, omitted=self.omitted | {parameter})
        return replace(self, omitted=self.omitted | {parameter})


AS_IT_COMES = Fit()


def fitted(config: TeacherConfig, base_url: str, model: str) -> Fit:
    """What is known of a server before it is asked: from the config, and by its address and the model's name."""
    asked_to = {name for name in ("temperature", "top_p", "max_tokens", "stop") if getattr(config, name) == "omit"}
    host = urlsplit(base_url).hostname or ""
    limit, omitted = "max_tokens", set()
    if (host == "api.openai.com" or host.endswith(AZURE)) and REASONING.match(model):
        limit, omitted = "max_completion_tokens", {"temperature", "top_p", "stop"}
    if host == "api.anthropic.com" and "temperature" not in asked_to:
        omitted = {"top_p"}
    limit = config.max_tokens_name or limit
    return Fit(frozenset(omitted | asked_to | ({limit} if "max_tokens" in asked_to else set())), limit, LEAST_TOKENS)


def request_body(prompt: Prompt, model: str, config: TeacherConfig, fit: Fit = AS_IT_COMES) -> dict[str, Any]:
    """The JSON body for a prompt: chat messages, or a text to continue. What is not asked for is not mentioned, nor what is left out."""
    said = [{"role": message.role, "content": message.content} for message in prompt.messages]
    question = {"messages": said} if config.chat else {"prompt": "\n\n".join(message["content"] for message in said)}
    limit = config.max_tokens if isinstance(config.max_tokens, int) else prompt.max_tokens
    body: dict[str, Any] = {"model": model, **question, fit.limit: min(fit.most, max(fit.least, limit)), "top_p": config.top_p}
    if isinstance(config.temperature, float):
        body["temperature"] = min(HOTTEST, round(config.temperature + prompt.warmth, 6))
    body |= ({"stop": list(prompt.stop)} if prompt.stop else {}) | schema_body(prompt.options, config) | options_body(prompt.options)
    return {name: value for name, value in body.items() if name not in fit.omitted} | config.extra_body


def schema_body(options: Options, config: TeacherConfig) -> dict[str, Any]:
    """The schema of an answer as a chat request asks for it, if it is to: as OpenAI, vLLM and llama.cpp take it."""
    if options.schema is None or config.structured == "off" or not config.chat:
        return {}
    named = {"name": "answer", "strict": True, "schema": options.schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def options_body(options: Options) -> dict[str, Any]:
    """The options that were asked for, as a request has them: some of `OPTIONS`."""
    values = (options.n if options.n > 1 else None, options.seed, options.response_format)
    return {name: value for name, value in zip(OPTIONS, values, strict=True) if value is not None}
