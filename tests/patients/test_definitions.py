"""Definition files: the codes of the PHQ-9 and GAD-7, and each fault of a file named by file and key."""

import re
import tomllib
from pathlib import Path

import pytest

import patients.scoring as scoring
from patients.scoring import Instrument, InstrumentError, load_instruments, read_instrument

PHQ9 = load_instruments()["phq9"]
GAD7 = load_instruments()["gad7"]
FILES = {path.stem: path for path in Path(scoring.__file__).parent.glob("instruments/*.toml")}


@pytest.mark.parametrize(
    ("instrument", "panel", "total", "items"),
    [
        (
            PHQ9,
            "44249-1",
            "44261-6",
            "44250-9 44255-8 44259-0 44254-1 44251-7 44258-2 44252-5 44253-3 44260-8 69722-7",
        ),
        (GAD7, "69737-5", "70274-6", "69725-0 68509-9 69733-4 69734-2 69735-9 69689-8 69736-7"),
    ],
)
def test_the_codes_are_loincs_own(instrument: Instrument, panel: str, total: str, items: str) -> None:
    assert (instrument.loinc_panel, instrument.total and instrument.total.loinc) == (panel, total)
    assert " ".join(item.loinc for item in instrument.items) == items
    assert [option.loinc for option in instrument.items[0].options] == [
        "LA6568-5",
        "LA6569-3",
        "LA6570-1",
        "LA6571-9",
    ]


def test_each_file_is_one_instrument() -> None:
    assert set(load_instruments()) == set(FILES)
    with pytest.raises(KeyError):
        PHQ9.item("q10")


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("phq9", 'loinc = "44259-0"', 'loinc = "44259-1"', r"items\[3\].loinc: 44259-1 is not a LOINC code"),
        ("phq9", 'loinc = "44261-6"', 'loinc = "44262-6"', "total.loinc: 44262-6 is not"),
        ("phq9", 'loinc = "LA6569-3"', 'loinc = "6569-3"', r"answers.default\[2\].loinc"),
        ("phq9", 'loinc = "LA6569-3"', 'loinc = "LA6569-3", hint = "x"', r"default\[2\].hint: is not a key"),
        ("phq9", 'id = "q2"', 'id = "q1"', r"items\[2\].id: q1 comes twice"),
        ("phq9", 'id = "q2"', 'id = "Q 2"', r"items\[2\].id: must be a lower-case word"),
        ("phq9", 'answers = "difficulty"', 'answers = "ease"', r"items\[10\].answers: must be one of"),
        ("phq9", '"q1..q9 <= 0"', '"q1..q9 < 0"', r"skip_if\[1\].of: “q1..q9 < 0” must read like"),
        ("phq9", '"q1..q9 <= 0"', '"q1..q11 <= 0"', r"skip_if\[1\].of: .* must read like"),
        (
            "phq9",
            '["q9 >= 1"] }, level',
            '["q19 >= 1"] }, level',
            r"triggers\[1\].when.of: .* must read like",
        ),
        ("phq9", '["q9 >= 2"] }, level', '["q9 >= 1"] }, level', "triggers: holds the same one twice"),
        (
            "phq9",
            'level = "high"',
            'level = "panic"',
            r"triggers\[2\].level: must be one of: critical, elevated",
        ),
        (
            "phq9",
            "count = 5",
            "count = 10",
            r"outcomes\[1\].when\[1\].count: must be a whole number from 1 to 9",
        ),
        (
            "phq9",
            'name = "neither pattern"',
            'name = "x", when = [{ of = ["q1 >= 1"] }]',
            "outcomes: must end",
        ),
        ("phq9", "high = 9", "high = 10", "total.bands: must cover every total"),
        ("phq9", "low = 5", "low = 6", "total.bands: must cover every total"),
        ("phq9", "cut = 10", "cut = 28", "total.cut: must be a whole number from 0 to 27"),
        ("phq9", "cut = 10", "cut = true", "total.cut: must be a whole number"),
        ("phq9", "cut = 10", "cut = 10\ncutoff = 9", "total.cutoff: is not a key"),
        ("phq9", "reliable = 6", "reliabel = 6", "change.reliabel: is not a key"),
        ("phq9", 'stem = "Over', 'stem = ""\nx = "Over', "stem: must be text"),
        ("phq9", 'licence = "free_reproduce"', 'licence = "stolen"', "licence: must be one of"),
        ("phq9", 'licence = "free_reproduce"', 'licence = "permission"', "licence: permission does not let"),
        ("phq9", 'purpose = "mood"', 'purpose = "moods"', "purpose: must be one of"),
        ("phq9", 'modes = ["portal", "staff"]', 'modes = ["mail"]', "modes: must list some of"),
        (
            "phq9",
            'loinc_panel = "44249-1"',
            'local_code = "x"\nloinc_panel = "44249-1"',
            "loinc_panel: or a local",
        ),
        ("phq9", "value = 3, text", "value = 2, text", "answers.default: holds the same one twice"),
        ("phq9", 'version = "2026.1"', "version = 1", "version: must be text"),
        ("phq9", "[total]", "[total", "Expected"),
        ("phq9", 'text = "Little interest or pleasure in doing things", ', "", "items: must all have a text"),
        ("peg", "high = 10", "high = 0", "answers.pain.high: must be a whole number from 1"),
        ("peg", 'kind = "mean"', 'kind = "median"', "total.kind: must be one of"),
        ("bam", '["q4..q6"]', '["q4..q6", "q5"]', r"subscales\[1\].items: must name items"),
        ("bam", '["q4..q6"]', '["q4..q60"]', r"subscales\[1\].items: must name items"),
        ("bam", 'id = "risk"', 'id = "use"', "subscales: holds the same one twice"),
        ("cssrs", 'outcome = "high"', 'outcome = "worst"', r"triggers\[1\].outcome: must be one of"),
        ("dast10", "reverse = true", 'reverse = "yes"', r"items\[2\].reverse: must be true or false"),
        ("isi", "[total]", "[whole]", "total: is missing, and there are no subscales"),
    ],
)
def test_a_faulty_definition_is_refused_by_file_and_key(
    tmp_path: Path, name: str, old: str, new: str, fault: str
) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InstrumentError, match=rf"^{name}\.toml: .*{fault}"):
        read_instrument(path)


OPTIONAL = {"triggers", "total", "portal_name", "stem", "age_from", "loinc_panel", "outcomes"}


@pytest.mark.parametrize(
    "key", sorted(set(tomllib.loads(FILES["phq9"].read_text(encoding="utf-8"))) - OPTIONAL)
)
def test_a_definition_without_a_required_key_is_refused(tmp_path: Path, key: str) -> None:
    text = FILES["phq9"].read_text(encoding="utf-8")
    path = tmp_path / "phq9.toml"
    path.write_text(re.sub(rf"(?m)^(\[*){key}\b", r"\1renamed", text), encoding="utf-8")
    with pytest.raises(InstrumentError, match=rf"^phq9\.toml: {key}: is missing"):
        read_instrument(path)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("absent.toml", "bytes.toml"):
        with pytest.raises(InstrumentError, match=name):
            read_instrument(tmp_path / name)


def test_instruments_and_their_scoring_know_no_django() -> None:
    root = Path(scoring.__file__).parent
    for path in [*root.glob("instruments/*.py"), root / "scoring.py", root / "changes.py"]:
        assert "django" not in path.read_text(encoding="utf-8").replace("no Django", ""), path.name
