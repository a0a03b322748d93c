import re
from xml.etree import ElementTree

import pytest

from lgescar.report.bullseye import SEGMENT_NAMES, bullseye_svg, shade

SVG = "{http://www.w3.org/2000/svg}"


def wedges(percents) -> dict[int, ElementTree.Element]:
    text = bullseye_svg(percents, "Scar").replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '
    )
    groups = ElementTree.fromstring(text).findall(f"{SVG}g")
    return {int(group.findtext(f"{SVG}title").split()[0]): group for group in groups}


def place(wedge: ElementTree.Element) -> tuple[float, float]:
    number = wedge.findall(f"{SVG}text")[1]
    return float(number.get("x")), -float(number.get("y"))


def test_each_of_17_segments_shows_its_percent() -> None:
    found = wedges({segment: float(segment) for segment in SEGMENT_NAMES})

    assert {s: w.findall(f"{SVG}text")[1].text for s, w in found.items()} == {
        segment: str(segment) for segment in range(1, 18)
    }


def test_segments_lie_where_the_standard_puts_them() -> None:
    places = {segment: place(wedge) for segment, wedge in wedges({}).items()}

    for top, septal, bottom, lateral in [(1, 2, 4, 6), (7, 8, 10, 12), (13, 14, 15, 16)]:
        assert places[top][1] > 20
        assert places[bottom][1] < -20
        assert places[septal][0] < -20
        assert places[lateral][0] > 20
    assert places[3][0] < 0 > places[3][1]
    assert places[5][0] > 0 > places[5][1]
    assert places[17] == pytest.approx((0, 0), abs=10)
    away = [abs(complex(*places[segment])) for segment in range(1, 18)]
    assert min(away[:6]) > 115 > max(away[6:12])
    assert min(away[6:12]) > 75 > max(away[12:16])
    assert min(away[12:16]) > 40 > away[16]


def test_a_segment_without_basis_is_hatched_and_never_0() -> None:
    wedge = wedges({1: None, 2: 0.0})

    assert wedge[1].find(f"{SVG}path").get("fill").startswith("url(#")
    assert wedge[1].findall(f"{SVG}text")[1].text == "–"
    assert "not available" in wedge[1].findtext(f"{SVG}title")
    assert wedge[2].findall(f"{SVG}text")[1].text == "0"
    assert wedge[2].find(f"{SVG}path").get("fill") == shade(0.0)


def test_more_scar_is_always_darker() -> None:
    light = [sum(bytes.fromhex(shade(percent)[1:])) for percent in range(0, 101, 5)]

    assert light == sorted(light, reverse=True)
    assert len(set(light)) == len(light)


def test_two_targets_on_one_page_do_not_share_their_hatching() -> None:
    first, second = bullseye_svg({}, "Scar"), bullseye_svg({}, "Depth")

    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))
