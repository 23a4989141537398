"""Outputs that shout are refused."""

from seedgen.check import Case, Check


def shouting(case: Case) -> str | None:
    """A short one may be an acronym."""
    letters = [char for char in case.output if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    return f"{capitals} of {len(letters)} letters are capitals" if len(letters) >= 10 and 2 * capitals > len(letters) else None


PLUGIN = Check("shouting", order=65, rule=shouting)
