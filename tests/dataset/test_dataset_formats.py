import pytest

from seedgen.dataset.formats import formats
from seedgen.store.ports import ItemView


@pytest.mark.parametrize(
    ("format_", "given", "row"),
    [
        (
            "messages",
            ("Sort these.", "3, 1", "1, 3"),
            {"messages": [{"role": "user", "content": "Sort these.\n\n3, 1"}, {"role": "assistant", "content": "1, 3"}]},
        ),
        (
            "messages",
            ("Say hello.", "", "Hello!"),
            {"messages": [{"role": "user", "content": "Say hello."}, {"role": "assistant", "content": "Hello!"}]},
        ),
        ("alpaca", ("Sort these.", "3, 1", "1, 3"), {"instruction": "Sort these.", "input": "3, 1", "output": "1, 3"}),
        ("alpaca", ("Say hello.", "", "Hello!"), {"instruction": "Say hello.", "input": "", "output": "Hello!"}),
        ("alpaca", ("A\x00B", "\ud800", "a\u2028b"), {"instruction": "AB", "input": "\ufffd", "output": "a\u2028b"}),
    ],
)
def test_a_row_is_what_trainers_expect(format_: str, given: tuple[str, str, str], row: dict[str, object]) -> None:
    assert formats()[format_].row(ItemView("0.0", "accepted", *given)) == row
