import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lgescar.core.box import Box
from lgescar.core.provenance import Provenance
from lgescar.core.study import Note
from lgescar.report import page

EVIL = '<script>alert("x")</script><img src=x onerror=y>&amp;'
VOID = {"meta", "input", "br"}


class Reader(HTMLParser):
    """What a browser would see: tags, attributes, words; elements must nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_the_page_shows_numbers_slices_segments_and_origin(heart) -> None:
    read = Reader(page(heart))

    for words in ("17.3", "14.0", "Scar in 3 of 5 slices", "Slice 4", "apex", "basal anteroseptal"):
        assert words in read.text
    assert "For research use only. Not a medical device." in read.text
    assert "ab" * 32 in read.text
    assert "Setting deep.turns" in read.text
    assert read.tags.count("svg") >= 2 * 5 + 2


def test_the_page_loads_nothing_and_runs_nothing(heart) -> None:
    text = page(heart)
    read = Reader(text)

    assert "script" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    addresses = [value for name, value in read.attributes if name in {"src", "href", "xlink:href"}]
    assert addresses
    assert all(value.startswith(("data:image/", "#")) for value in addresses)
    assert not re.search(r"https?://|url\((?!#)|@import", text)


def test_markup_in_names_and_notes_is_text(draw, heart) -> None:
    report = replace(
        heart,
        study=replace(heart.study, name=EVIL, series_uid=EVIL),
        notes=(Note(EVIL, EVIL),),
        quantities=replace(draw.quantities, aha_origin=EVIL),
        provenance=Provenance(EVIL, EVIL, {EVIL: {EVIL: EVIL}}, 0, EVIL, EVIL),
    )

    read = Reader(page(report))

    assert "script" not in read.tags
    assert "img" not in read.tags
    assert read.text.count('<script>alert("x")</script>') >= 9


def test_what_is_not_available_is_never_0_or_nan(unmeasured) -> None:
    read = Reader(page(unmeasured))

    assert read.text.count("not available — the size of a pixel is unknown") == 3
    assert "pixel size unknown: grams are withheld" in read.text
    assert not re.search(r"\b(nan|NaN|None)\b", read.text)
    assert " g " not in read.text
    assert "cm²" not in read.text


def test_segments_without_basis_are_hatched_with_the_reason(draw, heart) -> None:
    report = replace(
        heart,
        quantities=replace(draw.quantities, aha=(), aha_origin=None, transmural_segments=()),
        notes=(Note("order-unknown", "nothing tells base from apex"),),
    )
    text = page(report)

    assert "AHA segments are not available — nothing tells base from apex." in Reader(text).text
    assert text.count('fill="url(#hatch-') == 2 * 17


@pytest.mark.parametrize(
    "kind",
    [
        lambda draw: draw.report([draw.ring(scar=False)] * 3, notes=(Note("no-signal", "flat"),)),
        lambda draw: draw.report([draw.ring()], study={"slice_step_mm": None}),
        lambda draw: draw.report(
            [draw.ring() * 0] * 2, quantities=replace(draw.quantities, aha=())
        ),
        lambda draw: draw.report(
            [draw.ring(8)] * 20, study={"geometry": replace(draw.axial, spacing_mm=(0.8, 1.9))}
        ),
        lambda draw: draw.report([draw.ring()[35:36, 45:46]]),
    ],
    ids=["no scar", "one slice", "nothing found", "20 slices", "one pixel"],
)
def test_every_kind_of_study_has_a_page(draw, kind) -> None:
    report = kind(draw)
    read = Reader(page(report))

    assert read.tags.count("figure") == len(report.study.slices) + 3
    assert "nan" not in read.text.lower().split()


def test_outlines_lie_on_the_page_in_millimetres(draw, heart) -> None:
    codes = heart.labels[4].codes
    report = draw.report([codes], study={"geometry": replace(draw.axial, spacing_mm=(1.0, 2.0))})

    (path,) = re.findall(r'<path class="epicardium" d="([^"]+)"', page(report))
    x, y = zip(*(map(float, p.split(",")) for p in re.findall(r"[\d.]+,[\d.]+", path)), strict=True)

    # The outer wall is a disc of 16 px about (40, 50): pixels 25…55 and 35…65, 1 x 2 mm each.
    assert (min(y), max(y)) == pytest.approx((25, 56), abs=0.5)
    assert (min(x), max(x)) == pytest.approx((2 * 35, 2 * 66), abs=1.0)


def test_a_box_is_drawn_on_its_edges_and_listed_with_its_score(heart) -> None:
    box = Box(30.0, 40.0, 50.0, 60.0, 0.456)
    result = replace(heart.results[0], boxes=(box,))
    text = page(replace(heart, results=(result, *heart.results[1:])))

    first = re.search(r'<path class="box" d="M([^"]+)Z"', text)
    assert first is not None
    corners = {tuple(map(float, pair.split(","))) for pair in first[1].split()}
    assert corners == {(60.0, 45.0), (90.0, 45.0), (90.0, 75.0), (60.0, 75.0)}
    assert "0.46" in Reader(text).text
