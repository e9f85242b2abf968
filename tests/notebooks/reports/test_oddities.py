"""What a reader must see of any experiment: what is broken, harmful, unfinished, small or missing comes first."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache

import at_a_desk
import pytest
from executed_report import Executed

from reportkit.access import LOCAL_ADMIN, Actor
from reportkit.brand import DEFAULT
from reportkit.datasets.people import find_actor
from reportkit.render.document import DocumentInfo
from reportkit.render.html import render_html
from reportkit.settings import Settings
from reportkit.toolkit import Toolkit, build

Read = Callable[..., Executed]

ONE_VARIANT = """
    DELETE FROM assignments WHERE variant_id IN
        (SELECT v.id FROM variants v JOIN experiments x ON x.id = v.experiment_id
         WHERE x.key = 'vip_concierge' AND NOT v.is_control);
    DELETE FROM variants WHERE NOT is_control AND experiment_id IN
        (SELECT id FROM experiments WHERE key = 'vip_concierge');
"""
ALL_ALIKE = """
    UPDATE events SET value = 5 WHERE event_name = 'page_load' AND experiment_id IN
        (SELECT id FROM experiments WHERE key = 'video_autoplay');
"""
FOR_NOBODY = """
    UPDATE variants SET weight = 0 WHERE key = 'popular' AND experiment_id IN
        (SELECT id FROM experiments WHERE key = 'recommendation_carousel');
"""
NO_METRICS = """
    DELETE FROM experiment_metrics WHERE experiment_id IN (SELECT id FROM experiments WHERE key = 'dark_mode');
"""
ONE_PERSON = """
    DELETE FROM assignments WHERE experiment_id = (SELECT id FROM experiments WHERE key = 'onboarding_tour')
        AND rowid > (SELECT min(a.rowid) FROM assignments a JOIN experiments x ON x.id = a.experiment_id
                     WHERE x.key = 'onboarding_tour');
"""
NOBODY_CAME = """
    DELETE FROM assignments WHERE variant_id = (SELECT v.id FROM variants v JOIN experiments x
        ON x.id = v.experiment_id WHERE x.key = 'search_ranking' AND NOT v.is_control);
"""


@pytest.fixture(scope="module")
def odd(ample: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolkit]:
    """The sample, and in it what it lacks: one variant alone, one person alone, nobody, no metric, no difference."""
    home = tmp_path_factory.mktemp("odd")
    shutil.copy(ample.removeprefix("sqlite:///"), home / "warehouse.db")
    with closing(sqlite3.connect(home / "warehouse.db")) as connection:
        connection.executescript(ONE_VARIANT + ALL_ALIKE + FOR_NOBODY + NO_METRICS + ONE_PERSON + NOBODY_CAME)
    toolkit = build(Settings(warehouse=f"sqlite:///{home / 'warehouse.db'}", home=str(home)).resolved(home))
    yield toolkit
    toolkit.close()


@pytest.fixture(scope="module")
def read(odd: Toolkit) -> Read:
    """Runs a notebook and makes its document, which the render gate checks."""

    @cache
    def run(name: str, actor: Actor = LOCAL_ADMIN, **parameters: object) -> Executed:
        notebook = at_a_desk.NOTEBOOKS[name]
        executed = at_a_desk.run(notebook, odd, actor, **parameters)
        info = DocumentInfo(notebook.title, notebook.description, "", datetime(2026, 11, 3, tzinfo=UTC), None, {})
        render_html(executed, info, DEFAULT)
        return Executed(executed)

    return run


OF_ONE = ("executive_summary", pytest.param("experiment_results", marks=pytest.mark.slow))
"""What both say first comes from the same judgement."""
UNTOLD = ("Variant's", "Lift", "95 % CI", "p", "Verdict")


@pytest.mark.parametrize("name", OF_ONE)
class TestOfOneExperiment:
    def test_a_broken_sample_ratio_forbids_a_decision_before_any_number(self, read: Read, name: str) -> None:
        words = read(name, experiment="pricing_page").words
        told = words.index("no result below can be trusted")
        assert told < words.index("> [!IMPORTANT] Do not decide on this experiment.") < words.index("**Pricing page:")
        assert "**Sample ratio:** broken (p < 0.001" in words

    def test_subjects_in_a_variant_meant_for_nobody_forbid_a_decision(self, read: Read, name: str) -> None:
        words = read(name, experiment="recommendation_carousel").words
        assert words.index("no result below can be trusted") < words.index("Do not decide on this experiment.")

    def test_a_stopped_experiment_says_so_before_its_recommendation(self, read: Read, name: str) -> None:
        words = read(name, experiment="free_shipping_threshold").words
        assert words.index("and was stopped early. If that was because of how") < words.index("> [!IMPORTANT] Keep the")

    def test_a_breached_guardrail_stands_first_and_keeps_the_control(self, read: Read, name: str) -> None:
        words = read(name, experiment="push_reminders").words
        told = words.index("> [!WARNING] > Guardrail breached by Daily reminder. Unsubscribed: worse, +")
        assert told < words.index("> [!IMPORTANT] Keep the control.")
        assert "has run since 5 October 2026" in words
        assert "still running" in words[: words.index("> [!IMPORTANT]")]

    def test_few_subjects_are_said_first(self, read: Read, name: str) -> None:
        words = read(name, experiment="loyalty_badge").words
        assert words.index("> Few subjects: ") < words.index("> [!IMPORTANT] Wait: no clear difference so far.")
        assert "Lifts smaller than about" in words

    def test_names_are_shown_as_they_are(self, read: Read, name: str) -> None:
        assert r"**Loyalty badge: gold, silver \& \<bronze\>**" in read(name, experiment="loyalty_badge").words

    def test_what_has_not_started_says_so_and_shows_no_empty_chart(self, read: Read, name: str) -> None:
        report = read(name, experiment="winter_campaign")
        assert "> [!IMPORTANT] There is nothing to decide yet." in report.words
        assert "**Winter campaign** has not started yet, with 0 subjects" in report.words
        assert "**Latest event counted:** none yet." in report.words
        assert report.titles() == []

    def test_zeros_are_a_result_and_what_nothing_divides_is_said(self, read: Read, name: str) -> None:
        words = read(name, experiment="legacy_import").words
        assert "> [!IMPORTANT] Wait: no clear difference so far." in words
        assert "no clear difference (too few or too equal numbers to test)" in words
        assert "**Purchase conversion:** every subject of a variant is alike (0.00 %)" in words
        assert "**Revenue per session:** nothing to divide by in Old and =New" in words

    def test_a_metric_that_is_the_same_for_all_is_not_tested(self, read: Read, name: str) -> None:
        report = read(name, experiment="video_autoplay")
        assert "**First page load:** every subject of a variant is alike (5.00)" in report.words
        [row] = [row for row in report.table("Role", "Verdict") if row["Metric"] == "First page load (ms)"]
        assert (row["Lift"], row["95 % CI"], row["p"], row["Verdict"]) == (
            "+0.0 %",
            "n/a",
            "n/a",
            "no clear difference",
        )

    def test_one_variant_alone_is_compared_with_nothing(self, read: Read, name: str) -> None:
        words = read(name, experiment="vip_concierge").words
        assert "> There is only one variant, so nothing to compare it with." in words
        assert "subjects in 1 variant." in words
        assert "**Sample ratio:** not tested" in words

    def test_one_person_in_all_is_compared_with_nobody(self, read: Read, name: str) -> None:
        report = read(name, experiment="onboarding_tour")
        few = report.words.index("> Few subjects: No tour (1) and Guided tour (0).")
        assert few < report.words.index(
            "> [!IMPORTANT] There is nothing to decide yet. > The primary metric has nothing"
        )
        assert "with 1 subject in 2 variants" in report.words
        assert "its p-value is rough" not in report.words
        assert "Lift over the control, with 95 % confidence intervals" not in report.titles()
        rows = report.table("Role", "Verdict")
        assert {row["Control"] for row in rows} == {"100.00 %", "0.00 %", "1.00"}
        assert {tuple(row[head] for head in UNTOLD) for row in rows} == {("n/a", "n/a", "n/a", "n/a", "no data")}

    def test_a_variant_that_nobody_came_to_breaks_the_sample_ratio(self, read: Read, name: str) -> None:
        report = read(name, experiment="search_ranking")
        told = report.words.index("meant to get: By click model 0 and By text 484 (sample-ratio p")
        assert told < report.words.index("> [!IMPORTANT] Do not decide on this experiment.")
        assert "Few subjects: By click model (0)." in report.words
        rows = report.table("Role", "Verdict")
        assert {tuple(row[head] for head in UNTOLD) for row in rows} == {("n/a", "n/a", "n/a", "n/a", "no data")}

    def test_no_metric_is_nothing_to_report(self, read: Read, name: str) -> None:
        with pytest.raises(LookupError, match="that you may see, or it has no metrics"):
            read(name, experiment="dark_mode")

    def test_a_part_of_the_run_is_called_a_part_before_anything_else(self, read: Read, name: str) -> None:
        words = read(name, experiment="checkout_redesign", start="2026-01-01", end="2026-09-12").words
        part = "nly the days from 31 August to 12 September 2026 count"
        recommended = words.index("> [!IMPORTANT] Do not decide on a part of the experiment.")
        assert words.index(f"> O{part}; the experiment ran from 31 August to 12 October 2026") < recommended
        assert f"in 2 variants; o{part}." in words

    def test_a_period_beside_the_run_is_told_as_such(self, read: Read, name: str) -> None:
        words = read(name, experiment="checkout_redesign", start="2026-01-01", end="2026-03-31").words
        assert "None of its days lie within the period that was asked for" in words
        assert "> [!IMPORTANT] There is nothing to decide yet." in words


class TestResultsOverTime:
    def test_without_days_there_is_a_sentence(self, read: Read) -> None:
        words = read("experiment_results", experiment="winter_campaign").words
        assert "There is no day on which anything happened." in words
        assert "No subject has been assigned yet." in words

    def test_only_proportions_are_said_to_fall(self, read: Read) -> None:
        assert "lines fall" not in read("experiment_results", experiment="search_ranking").words
        assert "lines fall" in read("experiment_results").words


class TestSideBySide:
    def test_every_sides_warnings_stand_first_by_name(self, read: Read) -> None:
        report = read("experiment_comparison", experiments="pricing_page,push_reminders,winter_campaign")
        assert r'**Pricing page: "from", not "starting at".** The variants did not get' in report.words
        assert "**Push reminders.** Guardrail breached by Daily reminder." in report.words
        assert "They have no metric in common." in report.words
        recommended = [row["Recommendation"] for row in report.table("Recommendation")]
        assert recommended == [
            "Do not decide on this experiment.",
            "Keep the control.",
            "There is nothing to decide yet.",
        ]

    def test_one_person_and_a_variant_without_anybody_are_told_like_any_side(self, read: Read) -> None:
        report = read("experiment_comparison", experiments="onboarding_tour,search_ranking")
        assert "> **Onboarding tour.** Few subjects: No tour (1) and Guided tour (0)." in report.words
        assert [tuple(row.values())[2:] for row in report.table("Recommendation")] == [
            ("1", "0.317", "There is nothing to decide yet."),
            ("484", "< 0.001", "Do not decide on this experiment."),
        ]
        assert {row["Verdict"] for row in report.table("Side", "Lift")} == {"no data"}

    def test_a_side_that_was_stopped_early_says_so_first(self, read: Read) -> None:
        words = read("experiment_comparison").words
        assert (
            "> **Free shipping from 60 € instead of 40 €.** The experiment ran from 17 to 26 August 2026 and was"
            in words
        )

    def test_periods_of_one_experiment_are_named_by_their_days(self, read: Read) -> None:
        report = read(
            "experiment_comparison", experiments="checkout_redesign", end="2026-09-20", other_start="2026-09-21"
        )
        sides = [row["Side"] for row in report.table("Recommendation")]
        assert sides == ["Until 20 September 2026", "From 21 September 2026"]
        assert "the days from 21 September to 12 October 2026 count" in report.words

    def test_the_same_twice_is_refused(self, read: Read) -> None:
        with pytest.raises(LookupError, match="two of the sides are the same"):
            read("experiment_comparison", experiments="checkout_redesign,checkout_redesign")


class TestTrends:
    @pytest.mark.parametrize(
        ("experiment", "said"),
        [
            ("winter_campaign", "has no week yet"),
            ("loyalty_badge", "too few to speak of trends"),
            ("onboarding_tour", "has 3 whole weeks: too few to speak of trends"),
            ("recommendation_carousel", "over 5 whole weeks: no metric has a clear trend"),
        ],
    )
    def test_what_can_be_said_of_it_is_said(self, read: Read, experiment: str, said: str) -> None:
        assert said in read("metrics_summary", experiment=experiment).words

    def test_an_experiment_that_is_not_there_is_told(self, read: Read) -> None:
        with pytest.raises(LookupError, match="there is no experiment 'tea' that you may see"):
            read("metrics_summary", experiment="tea")


class TestPeople:
    @pytest.mark.parametrize(("user", "name"), [("vic", "***"), ("ann", "p_")])
    def test_who_is_no_admin_sees_themselves_alone_and_no_name(
        self, read: Read, odd: Toolkit, user: str, name: str
    ) -> None:
        report = read("user_activity", actor=find_actor(odd.warehouse, user))
        [row] = report.table("Person", "Actions")
        assert row["Person"].startswith(name)
        assert "The one person you may see did " in report.words
        assert report.titles() == []
        entries = list(read("compliance", actor=find_actor(odd.warehouse, user)).tables("Who", "Change"))
        assert {row["Who"][:2] for table in entries for row in table} <= {name[:2]}

    def test_a_period_without_anything_is_a_document_of_sentences(self, read: Read) -> None:
        period = {"start": "2020-01-01", "end": "2020-01-31"}
        assert "people you may see did anything" in read("user_activity", **period).words
        assert "There is no entry that you may see in this period." in read("compliance", **period).words

    def test_without_exports_and_reports_there_is_a_sentence_and_no_chart(self, read: Read) -> None:
        report = read("compliance")
        assert "No exports or reports in this period." in report.words
        assert report.titles() == ["Entries by week (from Monday, UTC)"]
        assert "given in clear to" not in report.words
