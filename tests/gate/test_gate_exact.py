import pytest

from seedgen.gate.exact import ExactFilter
from seedgen.records import Candidate, Proposal, Verdict


def candidate(text: str, input_: str | None = None) -> Candidate:
    return Candidate(0, 0, Proposal(text, input_))


@pytest.mark.parametrize(
    "text",
    ["Write a poem.", "write a  poem", "WRITE A POEM!", "“Write a poem”", "Ｗｒｉｔｅ a poem", "Write\na\tpoem", "Write a po\u00adem"],
)
def test_case_punctuation_spacing_and_forms_make_no_difference(text: str) -> None:
    filter_ = ExactFilter()
    filter_.admit(candidate("Name a river."), 0)
    filter_.admit(candidate("Write a poem."), 1)
    filter_.admit(candidate("write a poem"), 2)
    assert filter_.verdict(candidate(text)) == Verdict("exact", False, "duplicate", score=1.0, nearest=1)


@pytest.mark.parametrize("text", ["Write the poem.", "Write a poem, please.", "Écris un poème.", "写一首诗"])
def test_another_text_passes(text: str) -> None:
    filter_ = ExactFilter()
    filter_.admit(candidate("Write a poem."), 0)
    assert filter_.verdict(candidate(text)) == Verdict("exact", True)


def test_text_of_signs_only_is_compared_as_it_is() -> None:
    filter_ = ExactFilter()
    filter_.admit(candidate("??"), 0)
    assert (filter_.verdict(candidate("??")).passed, filter_.verdict(candidate("!!")).passed) == (False, True)


def test_where_tasks_are_compared_the_input_counts() -> None:
    filter_ = ExactFilter("task")
    filter_.admit(candidate("Translate.", "Good day"), 0)
    judged = [filter_.verdict(candidate("Translate.", text)).passed for text in ("Good night", "good day!", None)]
    assert judged == [True, False, True]
