import pytest

from seedgen.config.model import parse_config
from seedgen.errors import UsageError
from seedgen.gate.language import LanguageConfig, LanguageFilter
from seedgen.records import Candidate, Proposal, Verdict


@pytest.mark.parametrize(
    ("language", "how", "unknown", "verdict"),
    [
        ("en", "3 English function words", True, Verdict("language", True)),
        ("fr", "langdetect 0.98", True, Verdict("language", False, "other_language", evidence="fr (langdetect 0.98)")),
        (None, "code", True, Verdict("language", True)),
        (None, "code", False, Verdict("language", False, "unknown_language", evidence="code")),
    ],
)
def test_only_allowed_languages_pass_and_what_is_unknown_if_so_wished(
    language: str | None, how: str, unknown: bool, verdict: Verdict
) -> None:
    candidate = Candidate(0, 0, Proposal("…"), language=language, found={"language": how})
    assert LanguageFilter(LanguageConfig(allowed=("en", "de"), unknown=unknown)).verdict(candidate) == verdict


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("eng", 'did you mean "en"?'),
        ("EN", 'did you mean "en"?'),
        ("english", 'did you mean "en"?'),
        ("12", '"12" is no language that can be told'),
    ],
)
def test_a_language_that_cannot_be_told_is_refused_with_the_nearest_code(code: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_config({"gate": {"language": {"allowed": ["fr", code]}}}, "c")
    assert (says in str(caught.value), f'gate.language.allowed: "{code}"' in str(caught.value)) == (True, True)
