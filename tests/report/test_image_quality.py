"""Image quality on the page."""

from dataclasses import replace

from lgescar.core.quality import Quality
from lgescar.core.report import Report
from lgescar.core.study import Note
from lgescar.report import page
from lgescar.report.image_quality import quality_facts

QUALITY = Quality(
    cnr_scar_remote=16.64,
    cnr_scar_blood_pool=-5.12,
    better_than_percent={"cnr_scar_remote": 17.7},
    grade="poor",
    notes=(Note("quality-no-spacing", "the size of a pixel is unknown"),),
)


def test_an_index_is_rounded_and_placed_among_the_development_studies() -> None:
    facts = {fact.title: fact for fact in quality_facts(QUALITY)}
    remote, pool = facts["Scar against remote wall"], facts["Scar against blood pool"]
    assert (remote.value, remote.unit, remote.better_than) == ("16.6", "× noise", "18")
    assert (pool.value, pool.better_than) == ("−5.1", None)


def test_a_missing_index_says_what_it_lacks() -> None:
    edge = quality_facts(QUALITY)[-1]
    assert edge.value is None
    assert edge.reason == "the size of a pixel is unknown"


def test_the_page_shows_the_grade_and_that_no_reader_gave_it(heart: Report) -> None:
    shown = page(replace(heart, quality=QUALITY))
    assert 'class="grade poor"' in shown
    assert "by no reader" in shown
    assert "not available — the size of a pixel is unknown" in shown


def test_a_report_without_quality_has_no_such_part(heart: Report) -> None:
    assert "Image quality" not in page(heart)
