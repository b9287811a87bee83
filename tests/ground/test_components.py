"""The component layer: minutes in words, fields tied to their errors, styles an old phone reads."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import Client

from iop_clinic import durations, icons, styles
from iop_clinic.navigation import NAVIGATION
from iop_clinic.styleguide import PAGES

TEMPLATES = Path(__file__).parents[2] / "templates"


def ledger(attended: int, booked: int, goal: int = 540, **more: Any) -> dict[str, Any]:
    return {"attended_minutes": attended, "booked_minutes": booked, "goal_minutes": goal, **more}


def render(source: str, **context: Any) -> str:
    return engines["django"].from_string("{% load ui charts %}" + source).render(context)


# --- minutes in words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (80, "80 min"),
        (99, "99 min"),
        (100, "1 h 40"),
        (360, "6 h"),
    ],
)
def test_under_a_hundred_minutes_are_said_in_minutes(minutes: int, words: str) -> None:
    assert durations.duration(minutes) == words


@pytest.mark.parametrize(
    ("week", "table_words", "words"),
    [
        (ledger(180, 360), "", "On track"),
        (ledger(100, 360), "80 min short", "80 min short"),
        (ledger(180, 230), "2 h 10 short", "2 h 10 short"),
        (ledger(165, 406), "31 min over", "31 min over"),
        (ledger(0, 180, at_most_minutes=180), "6 h short, 3 h at most", "6 h short, 3 h at most"),
        (ledger(540, 0), "", "Done"),
        (ledger(0, 540), "", "9 h booked"),
        (ledger(60, 240, 360), "1 h short", "1 h short"),
    ],
)
def test_a_week_says_how_it_stands(week: dict[str, Any], table_words: str, words: str) -> None:
    assert (durations.short_words(week), durations.standing_words(week)) == (table_words, words)


def test_the_hours_bar_reads_as_one_sentence() -> None:
    drawn = render("{% hours_bar week %}", week=ledger(100, 360))
    assert 'role="img"' in drawn
    assert (
        "1 hour 40 minutes attended, 6 hours booked, of 9 hours this week. Short by 1 hour 20 minutes."
        in drawn
    )


# --- fields ----------------------------------------------------------------------------------


class ArrivalForm(forms.Form):
    left = forms.CharField(label="Left", help_text="As on the sheet.")
    reason = forms.ChoiceField(
        label="Reason", choices=[("sick", "Sick")], widget=forms.RadioSelect, required=False
    )

    def clean_left(self) -> str:
        raise forms.ValidationError("Before 9:09. Did you mean 9:45?")


def test_a_field_is_tied_to_its_hint_and_its_error() -> None:
    form = ArrivalForm({"left": "8:45"})
    html = render('{% include "components/_field.html" with field=form.left %}', form=form)
    described = re.search(r'<input[^>]*aria-describedby="([^"]+)"', html)
    assert described
    assert set(described[1].split()) == set(re.findall(r'<p [^>]*id="([^"]+)"', html))
    assert 'aria-invalid="true"' in html and "Did you mean 9:45?" in html


def test_choices_stand_in_a_fieldset_with_a_legend_and_optional_says_so() -> None:
    html = render('{% include "components/_field.html" with field=form.reason %}', form=ArrivalForm())
    assert "<legend" in html and "optional" in html


def test_the_summary_counts_and_links_to_the_field() -> None:
    form = ArrivalForm({"left": "8:45"})
    html = render('{% include "components/_error_summary.html" %}', form=form)
    assert "One thing to fix" in html and 'href="#id_left"' in html


def test_what_a_person_typed_is_escaped_in_words_and_attributes() -> None:
    html = render('{% include "components/_chip.html" with words=words %}{% icon "x" words %}', words='<b>"')
    assert "<b>" not in html


# --- icons, styles, templates ----------------------------------------------------------------


def test_every_icon_in_use_is_in_the_sprite() -> None:
    text = icons.sprite()[0].decode()
    used = {item[2] for items in NAVIGATION.values() for item in items if item}
    for page in TEMPLATES.rglob("*.html"):
        used |= set(re.findall(r"""{% icon ['"]([\w-]+)['"]""", page.read_text()))
        used |= set(re.findall(r"""mark=['"]([\w-]+)['"]""", page.read_text()))
    assert {name for name in used if f'<symbol id="{name}"' not in text} == set()


def test_an_unknown_icon_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(ValueError, match="no-such-icon"):
        render('{% icon "no-such-icon" %}')


def test_no_template_breaks_the_content_security_policy() -> None:
    inline = re.compile(
        r"\sstyle=|\son[a-z]+=|hx-on|<style|<script(?![^>]*\bsrc=)|javascript:", re.IGNORECASE
    )
    faults = [str(page) for page in TEMPLATES.rglob("*.html") if inline.search(page.read_text())]
    assert faults == []


def test_styles_stay_within_what_an_older_phone_reads() -> None:
    newer = re.compile(
        r":has\(|@container|color-mix|light-dark\(|oklch|@media \([^)]*[<>]|^\s*&", re.MULTILINE
    )
    assert [path.name for path in styles.sources() if newer.search(path.read_text())] == []


def test_every_style_sits_in_a_layer_and_the_order_comes_first() -> None:
    body = styles.join()[0].decode()
    assert body.startswith(styles.LAYERS)
    for path in styles.sources():
        without_comments = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert re.match(r"\s*@layer \w+ \{", without_comments), path.name
        assert without_comments.count("{") == without_comments.count("}"), path.name


def test_every_color_named_in_a_style_is_a_token() -> None:
    body = styles.join()[0].decode()
    named = set(re.findall(r"var\((--[\w-]+)\)", body))
    given = set(re.findall(r"[{;\s](--[\w-]+):", body))
    assert named - given == set()


def test_one_step_is_five_minutes() -> None:
    body = styles.join()[0].decode()
    assert ".at-12{--at:12}" in body and ".for-12{--for:12}" in body
    assert render("{{ minutes|steps }}", minutes=60) == "12"


@pytest.mark.parametrize("address", ["/app.css", "/icons.svg"])
def test_the_stylesheet_and_the_sprite_may_be_kept_for_ever(client: Client, address: str) -> None:
    response = client.get(address, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert "immutable" in response["Cache-Control"] and response["Content-Encoding"] == "gzip"
    assert "Set-Cookie" not in response


# --- contrast (design section 4) -------------------------------------------------------------


def _tokens(theme: int) -> dict[str, str]:
    text = (styles.FOLDER / "tokens.css").read_text()
    pattern = r"--([\w-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);"
    return {found[0]: found[1 + theme] for found in re.findall(pattern, text)}


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_PAIRS = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3")
        for ground in ("surface", "canvas", "sunken", "hover")
    ),
    *((tone, f"{tone}-tint") for tone in ("accent", "ok", "warn", "bad", "am", "eve", "teen")),
    *((tone, "surface") for tone in ("accent", "ok", "warn", "bad", "am", "eve", "teen")),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("ink", "accent-soft"),
]
MARK_PAIRS = [
    *((f"{tone}-mark", "surface") for tone in ("accent", "ok", "warn", "bad", "am", "eve", "teen")),
    ("control", "surface"),
    ("control", "canvas"),
    ("focus", "surface"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_keep_their_contrast(theme: int) -> None:
    tokens = _tokens(theme)
    weak = [pair for pair in TEXT_PAIRS if _ratio(tokens[pair[0]], tokens[pair[1]]) < 4.5]
    weak += [pair for pair in MARK_PAIRS if _ratio(tokens[pair[0]], tokens[pair[1]]) < 3]
    assert weak == []


# --- the style guide -------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_style_guide_shows_every_pattern_in_the_demo(client: Client, settings: Any, page: str) -> None:
    settings.DEMO = True
    response = client.get("/styleguide/", {"page": page, "theme": "dark"})
    assert response.status_code == 200
    assert 'data-theme="dark"' in response.content.decode()


def test_the_style_guide_is_not_there_outside_the_demo(client: Client, settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    assert client.get("/styleguide/").status_code == 404


def test_the_style_guide_has_no_other_pages(client: Client, settings: Any) -> None:
    settings.DEMO = True
    assert client.get("/styleguide/", {"page": "../base"}).status_code == 404


def test_an_empty_part_adds_no_heading_of_its_own() -> None:
    """It stands under headings of any level; a fixed one would skip a level somewhere."""
    shown = render('{% include "components/_empty.html" with title="Nothing waits" words="Soon." %}')
    assert "Nothing waits" in shown and "<h" not in shown


def test_a_screen_hides_no_class_of_another_screen() -> None:
    """All screens share one stylesheet: a class hidden for one would vanish from the other."""
    sheets = {path.name: path.read_text() for path in (styles.FOLDER / "screens").glob("*.css")}
    for name, text in sheets.items():
        for selectors in re.findall(r"^  (\.[^{@]+)\{ display: none; \}", text, re.MULTILINE):
            for hidden in re.findall(r"\.[\w-]+(?=\s*(?:,|$))", selectors.strip()):
                others = [
                    other
                    for other, words in sheets.items()
                    if other != name and re.search(rf"^  {re.escape(hidden)}[ ,{{]", words, re.MULTILINE)
                ]
                assert not others, f"{name} hides {hidden}, which is laid out in {', '.join(others)}"
