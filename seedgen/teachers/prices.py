"""What an answer costs: by the prices in the config, else by the price list that comes with genai-prices, else unknown.

Nothing is fetched: the list is as old as the installed package, whose version is recorded with every start. Unknown is None, never 0:
a model that the list does not know at the address it is asked at (a proxy, a server of one's own), one that it has without a price, an
answer that does not say its tokens. Cached tokens are part of the prompt's and reasoning tokens part of the completion's, so neither is
billed a second time; a cached one has a price of its own where the list or the config knows it.
"""

from __future__ import annotations

from importlib.metadata import version

from seedgen.config.model import Config, TeacherConfig
from seedgen.records import Usage


def price(model: str, base_url: str, usage: Usage, config: TeacherConfig) -> float | None:
    """US dollars for this usage; None if tokens or prices are unknown. The config's prices count only with both of input and output."""
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    cached = min(usage.cached_tokens or 0, usage.prompt_tokens)
    if config.input_price is not None and config.output_price is not None:
        cached_price = config.input_price if config.cached_price is None else config.cached_price
        fresh = usage.prompt_tokens - cached
        return (fresh * config.input_price + cached * cached_price + usage.completion_tokens * config.output_price) / 1e6
    return listed_price(model, base_url, usage.prompt_tokens, usage.completion_tokens, cached)


def listed_price(model: str, base_url: str, prompt: int, completion: int, cached: int) -> float | None:
    """US dollars by genai-prices; None if it does not know who answers at `base_url`, the model there, or what that takes for tokens."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(input_tokens=prompt, output_tokens=completion, cache_read_tokens=cached)
    try:
        found = calc_price(tokens, model, provider_api_url=base_url)
    except LookupError:
        return None
    listed = found.model_price.input_mtok is not None and found.model_price.output_mtok is not None
    return float(found.total_price) if listed else None


def prices_version(config: Config) -> str:
    """Where the prices of a run come from, to be recorded with each start: "genai-prices 0.2.3", "config", both, or "" if all is free."""
    asked = [teacher for teacher in config.teachers.values() if not teacher.facts.free]
    own = [teacher.input_price is not None and teacher.output_price is not None for teacher in asked]
    listed = [f"genai-prices {version('genai-prices')}"] if not all(own) else []
    return ", ".join(listed + (["config"] if any(own) else []))
