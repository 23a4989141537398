"""Where the files that travel with seedgen lie: `seeds/` and `prompts/`.

In a wheel they are package data under `seedgen/data/`; in a checkout they stand at the top of the repository, where people edit them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).parents[1]


def bundled(kind: Literal["seeds", "prompts"]) -> Path:
    """The folder of bundled seeds or prompts."""
    inside = PACKAGE / "data" / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind
