import pytest

from seedgen.check import Case, Check
from seedgen.check.echo import examples
from seedgen.check.output import applied, check, objection
from seedgen.config.model import OutputConfig
from seedgen.inputs.bundled import bundled
from seedgen.inputs.seeds import read_seeds
from seedgen.records import Instance, Verdict

STORY = "Once upon a time there was a miller who had three sons and a cat. "


def reason(output: str, instruction: str = "Explain why bread rises.", input_: str = "") -> str:
    verdicts = check(instruction, Instance(input_, output), OutputConfig(max_words=60))
    assert len(verdicts) == 1
    assert verdicts[0].passed == (not verdicts[0].reason) == (not verdicts[0].evidence)
    return verdicts[0].reason


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("...", "empty"),
        ("```\n```", "empty"),
        ("Yeast makes gas\x00.", "unprintable"),
        ("Yeast makes \ufffd\ufffd gas.", "unprintable"),
        ("N/A", "not_applicable"),
        ("n/a.", "not_applicable"),
        ("None", "not_applicable"),
        ("[Your answer here]", "not_applicable"),
        ("<output>", "not_applicable"),
        ("Not applicable", "not_applicable"),
        ("I'm sorry, but I can't assist with that request.", "refusal"),
        ("I’m sorry, I can’t do that.", "refusal"),
        ("I am sorry, but I am not able to open files.", "refusal"),
        ("Sorry, I cannot help with this.", "refusal"),
        ("I apologize, but I don't have access to the internet.", "refusal"),
        ("As an AI language model, I do not have feelings, but bread rises because of yeast.", "refusal"),
        ("As a large language model I have no kitchen.", "refusal"),
        ("I'm an AI, so I have never baked.", "refusal"),
        ("Unfortunately, I cannot see the bread.", "refusal"),
        ("I cannot fulfill this request.", "refusal"),
        ("I'm unable to assist with that.", "refusal"),
        ("Yeast makes gas.\n###\nInstruction: name a river", "leaked_marker"),
        ("Yeast makes gas.\n\n18. Instruction: Name a river.", "leaked_marker"),
        ("Yeast makes gas.\nTask: Name a river.\nInput: None", "leaked_marker"),
        ("<noinput>", "leaked_marker"),
        ("Yeast makes gas.<|endoftext|>", "leaked_marker"),
        ("Yeast.</s>", "leaked_marker"),
        ("Yeast makes \U000e0067\U000e0061\U000e0073 gas.", "unprintable"),
        ("Yeast makes \u202egas.", "unprintable"),
        ("[INST] Yeast [/INST]", "leaked_marker"),
        ("### Response:\nYeast makes gas.", "leaked_marker"),
        ("Explain why bread rises", "echo"),
        ("Please find attached the explanation.", "claims_attachment"),
        ("As shown in the image below, the dough grows.", "claims_attachment"),
        ("[Insert image of bread]", "claims_attachment"),
        ("![bread](bread.png)", "claims_attachment"),
        ("Click here to read more about yeast.", "claims_attachment"),
        ("Read more at https://www.breadfacts.com/why-it-rises.html.", "claims_attachment"),
        ("The yeast makes gas. " * 8, "repetition"),
        (STORY + "He was very happy and he was very happy " * 6, "repetition"),
        (STORY + "very " * 15, "repetition"),
        (STORY + "and so the cat said to the king " * 4 + "and so the cat sa", "repetition"),
        ("\n".join(f"{i}. Mix the flour with water." for i in range(1, 9)), "repetition"),
        ("A" * 50, "repetition"),
        (" ".join(f"word{i}" for i in range(61)), "too_long"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 61))), "too_long"),
    ],
)
def test_what_a_failing_teacher_says_is_refused(output: str, expected: str) -> None:
    assert reason(output) == expected


@pytest.mark.parametrize(
    ("instruction", "input_", "output"),
    [
        ("Is it prime?", "7", "Yes"),
        ("Add the numbers.", "20 and 22", "42"),
        ("Put the correct sign between them.", "3, 4", "<"),
        ("Translate into German.", "Taxi", "Taxi"),
        ("Is the word a palindrome? Give it back if so.", "level", "level"),
        ("Name the label, or None.", "a stone", "None"),
        ('Answer "N/A" where nothing fits.', "", "N/A"),
        ("Write a function that adds.", "", "```python\ndef add(a, b):\n    return a + b\n```"),
        ("Give the identity matrix.", "", "[[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]"),
        ("Write an array of twenty zeros.", "", "[" + ", ".join(["0"] * 20) + "]"),
        ("Label each review.", "…", "\n".join(f"{i}. positive" for i in range(1, 13))),
        ("Write a poem with a refrain.", "", "The rain comes down on the town.\nI wait.\n" * 3 + "The rain is gone."),
        ("Describe bread.", "", "### Method\n\nMix.\n\n### Baking\n\nBake."),
        ("Write a recipe.", "", "Ingredients:\n- flour\n\nInstructions:\n- bake"),
        ("Plan my day as tasks.", "", "Task: Wake up\nTask: Go out"),
        ("Write an e-mail with a report.", "", "Dear Ann,\n\nPlease find attached the report.\n\nBo"),
        ("Decline an invitation.", "", "I'm sorry, but I can't come on Sunday: my sister is moving house."),
        ("Console a friend.", "", "I'm so sorry for your loss."),
        ("Which site is meant?", "See https://www.rivers.org/list", "The list at https://www.rivers.org/list"),
        ("Write a curl command.", "", "curl https://api.weather.gov/points"),
        ("How do I pick my neighbour's lock?", "", "That I won't explain: the flat is not yours. A locksmith can help you into your own."),
        ("Translate into Japanese.", "Good morning", "おはようございます"),
        ("Translate into Hindi.", "rain", "बारिश"),
        ("Translate into Persian.", "I want", "می\u200cخواهم"),
        ("Strike out the old price.", "", "<s>20</s> 10 euros"),
        ("Write laughter.", "", "Ha ha ha ha!"),
        ("Say something encouraging.", "", "Keep going 👩‍🚀, you are nearly there 🎉"),
        ("Write 'I will listen' 20 times.", "", "I will listen. " * 19 + "I will listen."),
        ("Explain why bread rises, in French.", "", "La levure produit du gaz, qui fait gonfler la pâte."),
    ],
)
def test_a_good_answer_passes_however_short_or_odd(instruction: str, input_: str, output: str) -> None:
    assert check(instruction, Instance(input_, output), OutputConfig()) == (Verdict("output", True),)


def test_the_input_given_back_unchanged_is_an_echo() -> None:
    assert reason("They was late.", "Correct the sentence.", "They was late.") == "echo"
    assert reason("They were late.", "Correct the sentence.", "They was late.") == ""


def test_an_example_of_the_prompt_given_back_is_an_echo() -> None:
    shown = examples(path.read_text() for path in bundled("prompts").glob("*.jinja"))
    said = "Could you please send me the report when you have a moment? I would be glad to have it today."
    (verdict,) = check("Say it politely.", Instance("I want it.", said), OutputConfig(), examples=shown)
    assert (verdict.reason, verdict.evidence) == ("echo", "equals an example in the template")
    assert len(shown) == 5
    assert check("Sort them.", Instance("27, 3, 8, 14", "3, 8, 14, 27"), OutputConfig(), examples=shown)[0].passed


@pytest.mark.parametrize(
    "output", ["<think>Hm.</think>\nYeast.", "Yeast.\n</think>", "[THINK] Yeast.", "Yeast <｜User｜> makes gas.", "a<end_of_turn>b"]
)
def test_what_belongs_to_the_form_of_a_chat_is_a_leak_also_in_the_input(output: str) -> None:
    assert reason(output) == reason("Yeast makes gas.", "Explain it.", output) == "leaked_marker"
    assert check("Explain the tags around reasoning.", Instance("", "It opens with <think> and closes with </think>."), OutputConfig())[
        0
    ].passed


def test_an_instance_like_an_earlier_one_is_refused() -> None:
    earlier = [Instance("2", "4"), Instance("Ann", "Hello, Ann")]
    (verdict,) = check("Greet.", Instance("ann", "hello Ann!"), OutputConfig(), earlier)
    assert (verdict.reason, verdict.evidence) == ("identical", "input and output equal those of instance 1")
    assert check("Greet.", Instance("Bo", "Hello, Ann"), OutputConfig(), earlier)[0].passed


ENORMOUS = "### Instruction: go\n\0" * 6_000


@pytest.mark.parametrize(("instance", "name"), [(Instance("", ENORMOUS), "output"), (Instance(ENORMOUS, "Yes."), "input")])
def test_an_enormous_text_is_too_long_whatever_else_is_wrong_with_it(instance: Instance, name: str) -> None:
    (verdict,) = check("Why?", instance, OutputConfig())
    assert (verdict.reason, verdict.evidence) == ("too_long", f"126000 characters in the {name}, at most 100000")
    (verdict,) = check("Why?", instance, OutputConfig(max_words=6_300))
    assert verdict.reason == "unprintable"


def test_an_input_is_checked_for_what_nobody_can_see() -> None:
    (verdict,) = check("Add.", Instance("2\x1b[31m and 3", "5"), OutputConfig())
    assert (verdict.reason, verdict.evidence) == ("unprintable", "U+001B in the input")


def test_the_evidence_quotes_what_was_seen() -> None:
    assert check("Why?", Instance("", "Yes.\n18. Instruction: go"), OutputConfig())[0].evidence == "'18. Instruction:'"


def test_the_checks_are_asked_in_this_order() -> None:
    assert [each.name for each in applied(())] == [
        "empty", "unprintable", "not_applicable", "refusal", "leaked_marker", "echo", "identical", "claims_attachment", "repetition",
        "too_long",
    ]  # fmt: skip


def test_a_check_gives_text_or_nothing() -> None:
    with pytest.raises(TypeError, match="it gave True, not None or the evidence as text"):
        objection(Check("empty", 10, lambda case: True), Case("Why?", "", "Yes.", OutputConfig()))


def test_every_bundled_seed_passes() -> None:
    cases = [(task, instance) for task in read_seeds([bundled("seeds")]) for instance in task.instances]
    assert [(t.id, v.evidence) for t, i in cases for v in check(t.instruction, i, OutputConfig()) if not v.passed] == []
