"""Fault and latency specifications are read strictly, and faults are decided by (prompt, attempt) alone."""

from collections import Counter
from dataclasses import replace
from statistics import median

import pytest

from seedgen.errors import UsageError
from seedgen.scripted.faults import NO_FAULTS, FaultRates, parse_faults, parse_latency


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", FaultRates()),
        ("none", NO_FAULTS),
        ("duplicates=0.2, malformed=0,refused=1", FaultRates(duplicates=0.2, malformed=0, refused=1)),
        ("stray=0.2", FaultRates(stray=0.2)),
        ("status_500=0.5,hang=0.5", FaultRates(http={"status_500": 0.5, "hang": 0.5})),
        ("first.reset=0.9,html=0.1,refused=0", FaultRates(refused=0, first={"reset": 0.9}, http={"html": 0.1})),
    ],
)
def test_rates_are_read(text, rates):
    assert parse_faults(text) == rates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("duplicate=0.1", 'unknown fault "duplicate"; did you mean "duplicates"?'),
        ("status500=0.1", 'did you mean "status_500"?'),
        ("html", "from 0 to 1"),
        ("html=2", "from 0 to 1"),
        ("html=-0.1", "from 0 to 1"),
        ("html=nan", "from 0 to 1"),
        ("html=0.6,reset=0.6", "add up to 1.2"),
        ("html=0.6,first.reset=0.6", "add up to 1.2"),
        ("first.duplicates=1", 'unknown fault "first.duplicates"'),
        ("first.status500=1", 'did you mean "first.status_500"?'),
    ],
)
def test_nonsense_is_refused_with_a_remedy(text, message):
    with pytest.raises(UsageError) as caught:
        parse_faults(text)
    assert message in str(caught.value)


def test_http_faults_come_at_their_rates():
    rates = replace(NO_FAULTS, http={"status_500": 0.1, "reset": 0.3})
    found = Counter(rates.http_fault(f"prompt {n}", 0) for n in range(2000))
    assert {name: round(count / 2000, 1) for name, count in found.items()} == {None: 0.6, "status_500": 0.1, "reset": 0.3}


def test_a_retry_succeeds_in_the_end():
    rates = replace(NO_FAULTS, http={"status_429": 0.5})
    assert all(None in [rates.http_fault(f"prompt {n}", attempt) for attempt in range(20)] for n in range(100))


def test_a_fault_of_first_attempts_meets_no_other():
    rates = replace(NO_FAULTS, first={"reset": 1}, http={})
    assert [rates.http_fault("prompt", attempt) for attempt in range(3)] == ["reset", None, None]


def test_no_rates_no_fault():
    assert FaultRates().http_fault("prompt", 0) is None


def test_latency_is_fixed_or_drawn_from_a_distribution():
    assert parse_latency("0.25")(3) == 0.25
    assert all(0.1 <= parse_latency("uniform:0.1:0.2")(n) <= 0.2 for n in range(100))
    assert median(parse_latency("lognormal:0.05:0.8")(n) for n in range(2000)) == pytest.approx(0.05, rel=0.1)


def test_the_same_request_number_takes_the_same_time():
    assert parse_latency("lognormal:1:1")(5) == parse_latency("lognormal:1:1")(5)


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan", "inf", "uniform:2:1", "uniform:1", "lognormal:0:1", "lognormal:a:b", "0.1:2:3"])
def test_a_latency_that_cannot_be_is_refused(text):
    with pytest.raises(UsageError, match="write"):
        parse_latency(text)


def test_a_misspelt_distribution_is_named():
    with pytest.raises(UsageError, match="lognormal:MEDIAN:SIGMA"):
        parse_latency("lognorm:1:1")
