"""What an answer costs: by the prices in the config, else by the price list that comes with genai-prices, else unknown.

Nothing is fetched: the list is as old as the installed package, whose version is recorded with the run. Unknown is None, never 0.
"""

from __future__ import annotations

from importlib.metadata import version

from seedgen.config import TeacherConfig
from seedgen.records import Usage


def price(model: str, base_url: str, usage: Usage, config: TeacherConfig) -> float | None:
    """US dollars for this usage; None if tokens or prices are unknown. The config's prices count only as a pair."""
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    if config.input_price is not None and config.output_price is not None:
        return (usage.prompt_tokens * config.input_price + usage.completion_tokens * config.output_price) / 1e6
    return listed_price(model, base_url, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens or 0)


def listed_price(model: str, base_url: str, prompt: int, completion: int, cached: int) -> float | None:
    """US dollars by genai-prices; None if it does not know who answers at `base_url`, or the model there."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(input_tokens=prompt, output_tokens=completion, cache_read_tokens=min(cached, prompt))
    try:
        return float(calc_price(tokens, model, provider_api_url=base_url).total_price)
    except LookupError:
        return None


def prices_version() -> str:
    """The price list in use, to be recorded."""
    return f"genai-prices {version('genai-prices')}"
