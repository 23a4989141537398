from pathlib import Path
from typing import Any

import pytest
from finished import finished_run, unknown_run
from serving import serving

from seedgen.audit.doctor import Finding, examine, keys, space, sqlite_finding, teachers
from seedgen.config.model import Config, parse_config
from seedgen.scripted.faults import FaultRates
from seedgen.store.folder import existing_run

CANARY = "sk-canary-0123456789abcdef"


def asking(**teacher: Any) -> Config:
    settings = {"kind": "openai", **teacher}
    return parse_config({"teachers": {"main": settings}, "gate": {"semantic": {"enabled": False}}}, "test")


def asked(config: Config, **environ: str) -> Finding:
    (found,) = teachers(config, environ, offline=False)
    return found


def test_a_machine_that_is_fit_has_no_problems(tmp_path: Path) -> None:
    found = list(examine(parse_config({"teachers": {"main": {"kind": "scripted"}}}, "test"), tmp_path / "runs", {}))
    assert [each for each in found if each.level == "problem"] == []
    assert {"python", "platform", "seedgen", "packages", "sqlite", "runs folder", "disk", "embedding model"} <= {f.topic for f in found}


@pytest.mark.parametrize(("version", "level"), [((3, 51, 2), "note"), ((3, 40, 1), "note"), ((3, 51, 3), "ok"), ((4, 0, 0), "ok")])
def test_an_sqlite_with_the_bug_of_wal_mode_is_noted(version: tuple[int, ...], level: str) -> None:
    assert sqlite_finding(version).level == level


@pytest.mark.parametrize(
    ("base_url", "environ", "level"),
    [
        ("", {}, "problem"),
        ("", {"OPENAI_API_KEY": CANARY}, "ok"),
        ("http://localhost:1/v1", {}, "note"),
        ("http://localhost:1/v1", {"OPENAI_API_KEY": "  "}, "note"),
    ],
)
def test_keys_are_told_of_by_the_names_of_their_variables(base_url: str, environ: dict[str, str], level: str) -> None:
    (found,) = keys(asking(base_url=base_url), environ)
    assert (found.level, "OPENAI_API_KEY" in found.says, CANARY in str(found)) == (level, True, False)


def test_a_teacher_that_answers_is_fine() -> None:
    with serving() as server:
        found = asked(asking(base_url=server.url, model="scripted"))
    assert (found.level, "answers" in found.says) == ("ok", True)


def test_a_model_that_is_not_on_offer_is_noted() -> None:
    with serving() as server:
        found = asked(asking(base_url=server.url, model="other"), OPENAI_API_KEY=CANARY)
    assert (found.level, "does not list other" in found.says, CANARY in str(found)) == ("note", True, False)


def test_a_teacher_that_is_not_there_is_a_problem() -> None:
    found = asked(asking(base_url="http://127.0.0.1:9/v1", model="any"))
    assert (found.level, "nothing answers at http://127.0.0.1:9/v1" in found.says) == ("problem", True)


@pytest.mark.parametrize(("place", "level", "words"), [("", "problem", "main.base_url to {}/v1"), ("/v2", "note", "first call")])
def test_an_address_that_lacks_v1_is_known_by_what_is_below_it(place: str, level: str, words: str) -> None:
    with serving() as server:
        url = server.url.removesuffix("/v1")
        found = asked(asking(base_url=url + place, model="scripted"), OPENAI_API_KEY=CANARY)
    assert (found.level, words.format(url) in found.remedy) == (level, True)


def test_offline_no_teacher_is_asked() -> None:
    (found,) = teachers(asking(base_url="http://127.0.0.1:9/v1"), {}, offline=True)
    assert (found.level, found.says) == ("note", "teachers.main: not asked (--offline)")


def test_a_disk_that_is_full_is_a_problem(tmp_path: Path) -> None:
    assert [space(tmp_path, need).level for need in (0, 1 << 60)] == ["ok", "problem"]


def test_a_run_is_looked_at_with_its_own_settings(tmp_path: Path) -> None:
    finished_run(tmp_path, limits={"max_requests": 8})
    found = list(examine(Config(), tmp_path, {}, run=existing_run("done", tmp_path)))
    told = [f"{each.level}: {each.says}" for each in found if each.topic == "run"]
    assert (told[0].startswith("note: stopped, "), "8" in told[0], len(told)) == (True, True, 2)


def test_a_run_that_may_be_at_work_is_not_said_to_have_failed(tmp_path: Path) -> None:
    folder = unknown_run(tmp_path).folder
    told = [each.says for each in examine(Config(), tmp_path, {}, run=folder) if each.topic == "run"]
    assert told[0].startswith("12 of 12 accepted; whether a job works on it cannot be seen: ")


def test_a_run_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    reader = finished_run(tmp_path)
    reader.folder.database.write_bytes(b"nothing of the kind")
    found = list(examine(Config(), tmp_path, {}, run=reader.folder))
    assert [each.level for each in found if each.topic == "run"] == ["problem"]


def answer(config: Config, **environ: str) -> Finding:
    (found,) = [each for each in examine(config, Path("nowhere"), environ) if each.topic == "answer"]
    return found


def test_a_teacher_is_asked_a_real_question_and_what_came_is_shown() -> None:
    with serving() as server:
        found = answer(asking(base_url=server.url), OPENAI_API_KEY=CANARY)
    assert (found.level, "teachers.main: scripted" in found.says, " completion tokens, cost unknown" in found.says) == ("ok", True, True)
    assert found.says.count('"') == 2


def test_a_question_that_is_refused_is_a_problem_though_the_server_lists_its_models() -> None:
    with serving(faults=FaultRates(http={"status_400": 1.0})) as server:
        found = answer(asking(base_url=server.url, model="scripted"))
    assert (found.level, "answered 400" in found.says, "main" in found.remedy) == ("problem", True, True)


def test_nobody_is_asked_a_question_who_cannot_be_reached() -> None:
    assert [each for each in examine(asking(base_url="http://127.0.0.1:9/v1"), Path("nowhere"), {}) if each.topic == "answer"] == []
