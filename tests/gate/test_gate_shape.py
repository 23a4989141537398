import pytest

from seedgen.bundled import bundled
from seedgen.config import ShapeConfig
from seedgen.gate.shape import ShapeFilter
from seedgen.records import Candidate, Proposal, Verdict
from seedgen.seeds import read_seeds


def judge(text: str, config: ShapeConfig | None = None) -> Verdict:
    return ShapeFilter(config or ShapeConfig()).judge(Candidate(0, 0, Proposal(text)))


@pytest.mark.parametrize(
    ("proposal", "name"), [(Proposal("\0### " * 25_000), "instruction"), (Proposal("Write a poem about rain.", "\0### " * 25_000), "input")]
)
def test_an_enormous_text_is_too_long_whatever_else_is_wrong_with_it(proposal: Proposal, name: str) -> None:
    evidence = f"125000 characters in the {name}, at most 100000"
    assert ShapeFilter(ShapeConfig()).judge(Candidate(0, 0, proposal)) == Verdict("shape", False, "too_long", evidence=evidence)


@pytest.mark.parametrize(
    ("text", "reason", "evidence"),
    [
        ("", "empty", "no text"),
        ("  \n ", "empty", "no text"),
        ("Write poem", "too_short", "2 words, at least 3"),
        ("翻译", "too_short", "2 words, at least 3"),
        ("word " * 151, "too_long", "151 words, at most 150"),
        ("字" * 151, "too_long", "151 words, at most 150"),
        ("Describe this image in detail.", "banned_word", "'image'"),
        ("Look at the IMAGE: what is it?", "banned_word", "'IMAGE'"),
        ("Now go\n  to the shop.", "banned_word", "'go\n  to'"),
        (", and then write it down.", "bad_start", "starts with ','"),
        ("- Write a poem about rain.", "bad_start", "starts with '-'"),
        ("🙂 Write a poem about rain.", "bad_start", "starts with '🙂'"),
        ("1234 5678 90", "no_letters", "'1234 5678 90'"),
        ("?!? ... !!!", "no_letters", "'?!? ... !!!'"),
        ("Write a poem. ### Name a river.", "leaked_marker", "'###'"),
        ("Write a poem. 18. Instruction: name a river.", "leaked_marker", "'18. Instruction:'"),
        ("Instruction: write a short poem.", "leaked_marker", "'Instruction:'"),
        ("Write a poem. <noinput>", "leaked_marker", "'<noinput>'"),
        ("Write a poem. Task 12: name a river.", "leaked_marker", "'Task 12:'"),
        ("Write a poem about rain.\nOutput: rain falls", "leaked_marker", "'Output:'"),
        ("Write a poem about rain.<|im_end|>", "leaked_marker", "'<|im_end|>'"),
        ("Write a \x1b[31mred poem.", "unprintable", "U+001B"),
        ("Write a po\ufffdm about rain.", "unprintable", "U+FFFD"),
        ("This is not a product of a company.", "not_a_request", "'This is not a product of a company.' states something"),
        ("It is raining. The old cat on the roof was wet!", "not_a_request", "'It is raining.' states something"),
        ("Write a poem\x85 about rain.", "unprintable", "U+0085"),
    ],
)
def test_what_is_no_instruction_is_refused_with_the_evidence(text: str, reason: str, evidence: str) -> None:
    assert judge(text) == Verdict("shape", False, reason, evidence=evidence)


@pytest.mark.parametrize(
    "text",
    [
        "List three rivers.",
        "Explain how a photograph fades.",
        "Write a paragraph about imagery.",
        '"A stitch in time saves nine." What does it mean?',
        "¿Qué significa esta palabra?",
        "«Тише едешь» — что это значит?",
        "3, 5, 9, 17: which number comes next?",
        "写一首关于秋天的诗。",
        "「雨」で俳句を書いて。",
        "ช่วยแต่งกลอนเกี่ยวกับฝน",
        "Follow the instruction in the letter: sum it up.",
        "Use the braces {{ name }} in a sentence.",
        "The story of a girl who talks to birds.",
        "The way it was in my village.",
        "A list of ten things that are red",
        "The weather is bad, so plan a day indoors.",
        "The essay should be 500 words long.",
        "There are three cats. How many legs do they have?",
        "This is a poem: shorten it.",
        "Das ist kein Produkt einer Firma.",
    ],
)
def test_what_is_an_instruction_passes(text: str) -> None:
    assert judge(text) == Verdict("shape", True)


def test_what_the_parser_found_comes_first() -> None:
    candidate = Candidate(0, 0, Proposal("", fault="no_instruction"))
    assert ShapeFilter(ShapeConfig()).judge(candidate).reason == "no_instruction"


@pytest.mark.parametrize(
    ("banned", "text", "passed"),
    [((), "Draw a map.", True), (("图片",), "请描述这张图片的内容", False), (("c++",), "Write C++ code.", False)],
)
def test_banned_words_are_the_users(banned: tuple[str, ...], text: str, passed: bool) -> None:
    assert judge(text, ShapeConfig(banned=banned)).passed is passed


def test_no_bundled_seed_is_refused_for_its_form() -> None:
    config = ShapeConfig(banned=(), min_words=2, max_words=10_000)
    assert [(t.id, v.evidence) for t in read_seeds([bundled("seeds")]) if not (v := judge(t.instruction, config)).passed] == []


def test_statements_pass_where_they_are_wanted() -> None:
    assert judge("This is not a product of a company.", ShapeConfig(requests_only=False)).passed
