"""Keys and passwords where a setting stands: a run keeps its settings and shows them, so they may only be named, by a variable.

What is refused is never repeated, not even in the error.
"""

from __future__ import annotations

import re
from typing import Any

KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:sk|pk|rk)[-_][\w-]{8,}|(?:gsk|hf|r8|fw|tgp|gh[pousr]|github_pat|npm)_\w{16,}"
    r"|(?:xai|nvapi|pplx|glpat|xox[abeoprs])-[\w-]{10,}|(?:AIza|GOCSPX-|ya29\.)[\w-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}|Bearer\s+\S{8,})"
)
"""How the keys of well-known services begin."""
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s/?#@]*@")
QUERY = re.compile(r"://\S*[?&;](?:[\w-]*(?:key|token|secret|passw|auth|credential)[\w-]*|sig|signature|code)=", re.IGNORECASE)
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
DRAWN = re.compile(r"(?=.*[0-9])[A-Z0-9]{20,}")
"""What may be a key in capitals, such as Amazon's."""


def fault_of(name: str, value: Any) -> str:
    """Why the value of the setting with this (last) name is not to be kept, in words that do not repeat it; "" if nothing is wrong."""
    if isinstance(value, list | tuple):
        return next(filter(None, (fault_of(name, each) for each in value)), "")
    if isinstance(value, dict):
        return next(filter(None, (fault_of(name, each) for each in value.values() if isinstance(each, str))), "")
    if not isinstance(value, str):
        return ""
    if not value.isascii() and value.encode(errors="replace").decode() != value:
        return "is no text: a file or folder that it names has a name in another encoding than UTF-8; give it another name"
    if value and name.endswith("_env") and (not VARIABLE.fullmatch(value) or DRAWN.fullmatch(value)):
        return (
            f"takes the name of an environment variable, in capitals, such as OPENAI_API_KEY; what stands there ({len(value)} characters, "
            "not shown) is none: if it is a key, put it into that variable"
        )
    if KEY.search(value):
        return "holds what looks like a key (not shown); put it into an environment variable, and name that in api_key_env"
    if ADDRESS.search(value) or QUERY.search(value):
        return (
            "holds a user, password or key within an address (not shown); put it into an environment variable, and name that in api_key_env"
        )
    return ""


def hidden_in(value: Any) -> str:
    """As `fault_of`, for a value of any depth whose names are not ours: they, too, may be keys."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case list() as inner:
                waiting += inner
            case dict() as inner:
                waiting += [*inner, *inner.values()]
            case str() as each if fault := fault_of("", each):
                return fault
    return ""


def veiled(text: str) -> str:
    """The text as a message may repeat it."""
    return "(not shown: it looks like a key)" if fault_of("", text) else f'"{text}"'
