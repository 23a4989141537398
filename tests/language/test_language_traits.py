import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.language.traits import OUTPUT_SHAPES, complexity, language, output_shape

SEEDS = [json.loads(line) for file in sorted(Path("seeds").glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("List five fruits", "en"),
        ("Summarize.", "en"),
        ("What is a prime number?", "en"),
        ("Translate into English: «Завтра обещают дождь»", "en"),
        ("Q: What are the symptoms of dehydration?", "en"),
        ("Describe a weekend in Los Angeles.", "en"),
        ("Schreib eine kurze Geschichte.", "de"),
        ("Résume le texte suivant en deux phrases.", "fr"),
        ("¿Cuál es la capital de Perú?", "es"),
        ("Qual é a maior cidade do Brasil?", "pt"),
        ("Traduci questa frase in inglese.", "it"),
        ("Wat is de hoofdstad van Nederland?", "nl"),
        ("Bana bir hikaye yaz.", "tr"),
        ("Viết một bài thơ về mùa thu.", "vi"),
        ("Переведи на английский.", "ru"),
        ("اكتب قصة قصيرة عن القط.", "ar"),
        ("भारत की राजधानी क्या है?", "hi"),
        ("写一首诗", "zh"),
        ("写一个 Python 函数", "zh"),
        ("日本の首都はどこですか?", "ja"),
        ("고양이에 대한 이야기를 써 주세요.", "ko"),
        ("เขียนเรื่องสั้นเกี่ยวกับแมว", "th"),
        ("Γράψε ένα ποίημα.", "el"),
        ("כתוב שיר על הים.", "he"),
    ],
)
def test_a_language_is_told(text: str, code: str) -> None:
    assert language(text)[0] == code


@pytest.mark.parametrize("text", ["", "12 + 30 = ?", "def add(a, b):\n    return a + b", "x = [1, 2]", "Hmm", "Ceritakan lelucon.", "🙂"])
def test_what_is_no_language_or_too_short_to_tell_is_unknown(text: str) -> None:
    assert language(text)[0] is None


def test_how_a_language_was_found_is_said() -> None:
    assert [language(text)[1] for text in ("写一首诗", "List the rivers of the two countries.", "List fruits", "x = [1]", "?")] == [
        "script: Han",
        "3 English function words",
        'opens with "list"',
        "code",
        "no letters",
    ]


def test_the_instructions_of_the_seeds_are_english() -> None:
    told = [language(seed["instruction"])[0] for seed in SEEDS]
    assert told.count("en") >= 0.98 * len(told)
    assert set(told) <= {"en", None}


def test_no_socket_is_opened_for_the_language() -> None:
    code = (
        "import sys; sys.addaudithook(lambda event, _: sys.exit('network') if event in {'socket.connect', 'socket.getaddrinfo'} else None);"
        "from seedgen.language.traits import language; print(language('Schreib eine kurze Geschichte.')[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("de", "")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('{"a": 1}', "json"),
        ("```json\n[1, 2]\n```", "json"),
        ('{"a": 1}\n{"a": 2}', "json"),
        ("```python\nprint(1)\n```", "code"),
        ("def f(x):\n    return x + 1", "code"),
        ("SELECT r.name\nFROM readers AS r\nWHERE r.id > 3", "code"),
        ("This sorts the list:\n\n```\nxs.sort()\nxs.reverse()\nprint(xs)\n```", "code"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "table"),
        ('name,age\n"Poe, E.",40\nAnn,31', "table"),
        ("a\tb\n1\t2", "table"),
        ("1. One\n2. Two\n3. Three", "numbered_list"),
        ("Here you are:\n\n1) Stir.\n2) Bake.", "numbered_list"),
        ("1. First.\nMore on it.\n\n2. Second.\nMore on that.", "numbered_list"),
        ("Step 1: read\nStep 2: write", "numbered_list"),
        ("- tea\n- milk", "bullet_list"),
        ("You need:\n* flour\n* water", "bullet_list"),
        ("# Aim\nTo win.\n\n# Plan\nRun fast.", "sections"),
        ("Ann: Hello!\nBen: Hi.\nAnn: How are you?", "dialogue"),
        ("42", "number"),
        ("-3.5 °C", "number"),
        ("€1,240.00", "number"),
        ("3/4", "number"),
        ("positive", "label"),
        ("Not stated", "label"),
        ("O(n log n)", "label"),
        ("科学", "label"),
        ("Rain drums on the roof;\nstrangers share one dry corner,\neyes on the same road.", "verse"),
        ("Leila Haddad\nTomás Reyes\nWanjiru Kamau", "lines"),
        ("Name: Bo\nTown: Oslo", "lines"),
        ("The cat sat on the mat.", "sentence"),
        ("Yes.", "sentence"),
        ("It rained. We stayed in. Then the sun came out.", "paragraph"),
        ("今天下雨。我们在家。", "paragraph"),
        (("It rained all day and nobody on our street went out. " * 3 + "\n\n") * 2, "paragraphs"),
    ],
)
def test_an_outputs_shape_is_seen(text: str, shape: str) -> None:
    assert output_shape(text)[0] == shape


def test_the_shape_comes_with_evidence() -> None:
    assert output_shape("1. One\n2. Two\n3. Three\n4. Four\n5. Five") == ("numbered_list", "5 numbered lines of 5")


def test_tiers_of_the_seeds_are_mostly_found_and_hardly_ever_two_steps_off() -> None:
    tiers = ["simple", "moderate", "complex"]
    steps = [
        abs(tiers.index(seed["tier"]) - tiers.index(complexity(seed["instruction"], seed["instances"][0]["input"])[0])) for seed in SEEDS
    ]
    assert (steps.count(0) >= 0.75 * len(SEEDS), steps.count(2) <= 0.03 * len(SEEDS)) == (True, True)


def test_the_evidence_of_a_tier_is_countable() -> None:
    assert complexity("Compare tea and coffee.") == ("simple", "1.9 points: 4 words, 1 and/or, 1 demanding, input of 0")


ODD = st.one_of(
    st.text(), st.lists(st.sampled_from(["a", "1.", "-", "|", "\n", ",", '"', "{", "}", "```", ":", "Ann:", " ", "ß", "日"])).map("".join)
)


@given(ODD)
@settings(max_examples=200)
def test_any_text_has_traits_and_evidence_twice_the_same(text: str) -> None:
    found = language(text), output_shape(text), complexity(text)
    assert found == (language(text), output_shape(text), complexity(text))
    code, (shape, _), (tier, _) = found[0][0], found[1], found[2]
    assert (code is None or len(code) == 2, shape in OUTPUT_SHAPES, tier in {"simple", "moderate", "complex"}) == (True, True, True)
    assert all(why for _, why in found)
