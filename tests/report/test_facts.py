from dataclasses import replace

import pytest

from lgescar.core.study import Note
from lgescar.report.facts import headlines, lead, number, reason, slice_facts


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 1, "0"),
        (0.04, 1, "< 0.1"),
        (0.05, 1, "0.1"),
        (12.345, 1, "12.3"),
        (99.6, 0, "100"),
        (0.3, 0, "< 1"),
    ],
)
def test_a_number_is_rounded_and_small_is_not_zero(value, decimals, text) -> None:
    assert number(value, decimals) == text


def test_the_headlines_are_the_quantities_rounded(heart) -> None:
    shown = [(fact.value, fact.unit) for fact in headlines(heart)]

    assert shown == [("17.3", "g"), ("14.0", "%"), ("2.5", "g"), ("123", "g"), ("62", "%")]


def test_grams_without_spacing_give_the_reason(unmeasured) -> None:
    scar, share, mvo, wall, depth = headlines(unmeasured)

    assert [fact.value for fact in (scar, mvo, wall)] == [None] * 3
    assert {fact.reason for fact in (scar, mvo, wall)} == {"the size of a pixel is unknown"}
    assert (share.value, depth.value) == ("14.0", "62")


def test_a_heart_that_was_not_found_never_reads_as_healthy(draw) -> None:
    zero = replace(draw.quantities, scar_mass_g=0.0, scar_percent_of_lv=0.0, lv_mass_g=None)
    report = draw.report([draw.ring() * 0], quantities=zero)

    assert {fact.value for fact in headlines(report)} == {None}
    assert "No left ventricle was found" in lead(report)


def test_the_lead_counts_slices_with_scar(heart, unmeasured) -> None:
    assert lead(heart) == (
        "Scar in 3 of 5 slices: 17.3 g, 14.0 % of the left ventricle. 2.5 g of it is MVO."
    )
    assert lead(unmeasured) == (
        "Scar in 3 of 5 slices: 14.0 % of the left ventricle. Part of it is MVO."
    )


def test_the_lead_says_that_there_is_no_scar(draw) -> None:
    assert lead(draw.report([draw.ring(scar=False)] * 4)) == "No scar was found in the 4 slices."


def test_a_missing_quantity_without_a_note_still_has_a_reason(heart) -> None:
    assert reason(heart, "segments") == "the study gives no basis for it"


def test_the_most_telling_note_gives_the_reason(heart) -> None:
    notes = (Note("spacing-unknown", ""), Note("not-short-axis", ""), Note("lossy-compression", ""))

    assert reason(replace(heart, notes=notes), "mass") == "the slices are not short-axis"


def test_a_slice_is_described_in_square_centimetres(heart) -> None:
    row = slice_facts(heart)[0]
    scar_px = int(heart.labels[0].scar.sum())

    assert row.scar == f"{scar_px * 1.5 * 1.5 / 100:.1f} cm²"
    assert row.boxes == "1, best 0.87"
    assert [r.place for r in slice_facts(heart)] == ["base", "", "", "", "apex"]


def test_base_and_apex_are_named_only_where_known(heart) -> None:
    report = replace(heart, study=replace(heart.study, order_known=False))

    assert {row.place for row in slice_facts(report)} == {""}


def test_a_slice_of_unknown_spacing_is_described_in_pixels(unmeasured) -> None:
    row = slice_facts(unmeasured)[0]

    assert row.scar == f"{int(unmeasured.labels[0].scar.sum())} px"
