"""The command line as a user meets it: answers, exit codes, and no traceback."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.changes.world import FIRST, make_store

COMITY = Path(sys.executable).parent / "comity"
WHO = ("ask", "who-recognises", "--object", "donetsk-peoples-republic", "--as-of")


def run(*words: str, store: Path, stdin: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COMITY_STORE": str(store)}
    done = subprocess.run([COMITY, *words], input=stdin, capture_output=True, text=True, env=environment)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_who_recognised_the_donetsk_republic_after_north_korea_did(real_path: Path) -> None:
    answer = run(*WHO, "2022-07-14", store=real_path).stdout
    names = ("Russia", "Syria", "North Korea", "South Ossetia", "Abkhazia", "Luhansk")
    assert all(name in answer for name in names)
    assert "2022-07-13" in answer and "Interfax" in answer


def test_who_recognised_it_before_syria_did(real_path: Path) -> None:
    lines = run(*WHO, "2022-06-01", "--format", "csv", store=real_path).stdout.splitlines()
    names = {line.partition(",")[0] for line in lines}
    assert "Russia" in names and not names & {"Syria", "North Korea"}


def on_a_terminal(*words: str, store: Path, columns: int = 80) -> list[str]:
    """The lines that a command writes to a terminal of so many columns, without colours."""
    here, there = pty.openpty()
    environment = os.environ | {"COMITY_STORE": str(store), "COLUMNS": str(columns), "TERM": "dumb"}
    with subprocess.Popen(
        [COMITY, *words], stdout=there, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        os.close(there)
        found = b""
        with suppress(OSError):  # The end of a terminal is an error.
            while piece := os.read(here, 65536):
                found += piece
        process.wait(60)
    os.close(here)
    return re.sub(r"\x1b\[[0-9;]*m", "", found.decode()).replace("\r", "").rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            ("who-recognises", "--object", "kosovo", "--as-of", "2008-02-19"),
            ["Recogniser", "Since", "2008-02-17"],
        ),
        (("count-of-recognisers", "--object", "kosovo"), ["Object", "Kosovo"]),
        (("chronicle", "--from-day", "2022-07-12", "--to-day", "2022-07-14"), ["2022-07-13"]),
    ],
)
def test_an_answer_fits_eighty_columns_with_dates_whole(
    real_path: Path, question: tuple[str, ...], told: list[str]
) -> None:
    lines = on_a_terminal("ask", *question, store=real_path)
    assert max(map(len, lines)) <= 80
    for text in told:
        assert any(text in line for line in lines), text
    assert not any("coa:" in line or "http" in line for line in lines)


def test_wide_shows_every_column(real_path: Path) -> None:
    done = run(*WHO, "2022-07-14", "--wide", store=real_path)
    assert "coa:recognition/north-korea/donetsk-peoples-republic/2022-07-13" in done.stdout
    assert "recogniserLabel" in done.stdout
    assert "--wide shows" in run(*WHO, "2022-07-14", store=real_path).stderr


@pytest.mark.parametrize(
    "words", [("who-recognises", "--help"), ("--help", "who-recognises"), ("who-recognises", "-h")]
)
def test_the_help_of_a_question_lists_its_parameters(real_path: Path, words: tuple[str, ...]) -> None:
    told = run("ask", *words, store=real_path).stdout
    assert told.startswith("Who recognises a party on a day") and "--only-un-members" in told
    assert max(map(len, told.splitlines())) <= 80


def test_questions_are_listed_by_topic_and_the_command_helps(real_path: Path) -> None:
    lines = run("ask", store=real_path).stdout.splitlines()
    assert lines[0] == "Recognition" and "Diplomatic relations" in lines
    assert "--wide" in run("ask", "--help", store=real_path).stdout


@pytest.mark.parametrize(
    ("begun", "completed"),
    [
        ("ask who-rec", {"who-recognises"}),
        ("ask who-recognises --only", {"--only-un-members"}),
        ("ask who-recognises --object sah", {"sahrawi-republic"}),
        ("ask who-recognises --object kosovo --reading p", {"possible"}),
        ("coverage Transn", {"transnistria"}),
    ],
)
def test_questions_their_parameters_and_parties_complete(
    real_path: Path, begun: str, completed: set[str]
) -> None:
    words = f"comity {begun}"
    environment = os.environ | {
        **{"_COMITY_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        "COMITY_STORE": str(real_path),
    }
    done = subprocess.run([COMITY], capture_output=True, text=True, env=environment)
    assert {line.removeprefix("plain,") for line in done.stdout.split()} == completed


def test_json_of_a_select_is_sparql_results_json(real_path: Path) -> None:
    answer = json.loads(run(*WHO, "2022-07-14", "--format", "json", store=real_path).stdout)
    assert len(answer["results"]["bindings"]) == 6


def test_a_query_may_name_a_snapshot(real_path: Path) -> None:
    snapshot = "https://w3id.org/comity/as-of/2022-07-14"
    query = f"SELECT ?s FROM <{snapshot}> WHERE {{ ?s co:recognises cop:donetsk-peoples-republic }}"
    assert "cop:north-korea" in run("query", query, store=real_path).stdout


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_query_that_finds_nothing_says_why_on_standard_error(real_path: Path, form: str) -> None:
    query = "SELECT ?x WHERE { ?x co:recognises cop:kosovoo }"
    done = run("query", "--format", form, query, store=real_path)
    assert "co:recognises is stated only in the graphs of a day" in done.stderr
    assert "Did you mean cop:kosovo (Kosovo)?" in done.stderr
    assert "know" not in done.stdout


def test_a_query_is_read_from_a_file_or_standard_input(real_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "ask.rq"
    file.write_text("ASK { cop:kosovo a co:Polity }")
    assert run("query", str(file), store=real_path).stdout == "true\n"
    assert run("query", "-", store=real_path, stdin=file.read_text()).stdout == "true\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ("query", "SELECT * WHERE {\n  ?s ?p }"),
            1,
            "The query has a syntax error at line 2, column 9, at '}': this triple is incomplete. "
            "Write a subject, a property and a value, as in ?s a co:Polity.\n\n      ?s ?p }\n            ^\n",
        ),
        (("query", "SELECT * WHERE { SERVICE <http://x.example/> { ?s ?p ?o } }"), 1, "SERVICE"),
        (("query", "nowhere.rq"), 1, "'nowhere.rq' is neither SPARQL nor a file that can be read"),
        (("query", "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"), 1, "not a graph of this store"),
        (
            ("query", "SELECT * FROM <https://w3id.org/comity/as-of/2022-99-99> { ?s ?p ?o }"),
            1,
            "is not a valid day",
        ),
        (("ask", "who-recognizes"), 1, "There is no question 'who-recognizes'. Did you mean"),
        (("ask", "who-recognises"), 1, "requires --object"),
        (("ask", "who-recognises", "--object", "Atlantis"), 1, "'Atlantis' is no"),
        (("ask", "who-recognises", "oops"), 2, "Unexpected argument 'oops'"),
        (("export", "--entity", "Atlantis"), 1, "'Atlantis' is not the name of an entity in this graph"),
        (("frobnicate",), 2, "No such command"),
        (("build", "--facts", "/nowhere"), 2, "does not exist"),
    ],
)
def test_bad_use_gets_a_sentence_and_an_exit_code(
    real_path: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    assert message in run(*words, store=real_path, code=code).stderr


def test_a_refused_build_leaves_the_store_and_exits_with_1(real_path: Path, tmp_path: Path) -> None:
    (tmp_path / "acts-x.csv").write_text("kind,actor,object,date\nrecognition,a,b,2001\n")
    done = run("build", "--facts", str(tmp_path), store=tmp_path / "store", code=1)
    assert "acts-x.csv, row 2, column actor" in done.stderr
    assert not (tmp_path / "store" / "CURRENT").exists()


def test_info_counts_acts_and_proposals_apart(tmp_path: Path) -> None:
    counts = json.loads(run("info", "--format", "json", store=make_store(tmp_path)).stdout)
    assert (counts["acts"], counts["proposed acts"], len(counts["content hash"])) == (len(FIRST) - 1, 1, 64)


def test_validate_lists_warnings_and_proposals_with_their_rows(tmp_path: Path) -> None:
    (tmp_path / "polities.csv").write_text("id,name,kind\na,Arcadia,other\nb,Borduria,other\n")
    (tmp_path / "acts-x.csv").write_text(
        "kind,actor,object,date,source_title\nrelations_severed,a,b,2001,A report\nrecognition,a,b,2000,\n"
    )
    told = run("validate", "--quiet", "--facts", str(tmp_path), store=tmp_path / "store").stdout
    assert "Warning: acts-x.csv, row 2: act/relations_severed/a/b/2001 breaks off relations" in told
    assert "Proposal: acts-x.csv, row 3: recognition by a, 2000, has no source." in told
    assert "1 act passes" in told or "1 acts pass" in told


def test_an_export_to_a_file_that_cannot_be_written_says_so(real_path: Path) -> None:
    done = run(
        "export", "--graph", "facts/statuses", "--output", "/proc/nowhere.ttl", store=real_path, code=1
    )
    assert "nowhere.ttl" in done.stderr


RETALIATION = ("explain", "relations_severed/ukraine/north-korea", "a", "co:Retaliation")


def test_a_severance_explains_itself_as_a_retaliation(real_path: Path) -> None:
    told = run(*RETALIATION, store=real_path).stdout
    assert told.startswith("Ukraine severs relations with North Korea, 13 July 2022 is a retaliation")
    assert "North Korea recognises the Donetsk People's Republic" in told and "Source: " in told


def test_an_explanation_comes_as_json_and_turtle_too(real_path: Path) -> None:
    assert json.loads(run(*RETALIATION, "--format", "json", store=real_path).stdout)
    assert "prov:" in run(*RETALIATION, "--format", "turtle", store=real_path).stdout


def test_what_does_not_follow_is_said_to_be_so(real_path: Path) -> None:
    words = ("explain", "--graph", "as-of/2022-07-14", "ukraine", "co:recognises", "donetsk-peoples-republic")
    told = run(*words, store=real_path).stdout
    assert told.startswith("Does not follow: Ukraine — recognises: the Donetsk People's Republic")


def test_what_falls_with_an_act_is_listed(real_path: Path) -> None:
    told = run("depends", "act/recognition/israel/somaliland/2025-12-26", store=real_path).stdout
    assert "If Israel recognises Somaliland" in told and "inferred triples would be removed" in told


@pytest.mark.parametrize(
    "words", [("ukraine", "befriends", "kosovo"), ("atlantis", "co:recognises", "kosovo")]
)
def test_what_cannot_be_explained_is_said_plainly(real_path: Path, words: tuple[str, ...]) -> None:
    assert "comity: '" in run("explain", *words, store=real_path, code=1).stderr


def test_coverage_tells_how_far_the_record_reaches_for_a_polity(real_path: Path) -> None:
    lines = run("coverage", "Abkhazia", store=real_path).stdout.splitlines()
    assert any("complete" in line and "Foreign relations of Abkhazia" in line for line in lines)
    records = json.loads(run("coverage", "france", "--format", "json", store=real_path).stdout)
    assert {one["party"] for one in records} == {"United Nations: every other member"}
    assert "number,recorded" in run("coverage", "--totals", "--format", "csv", store=real_path).stdout
