"""The page on paper, where WeasyPrint is installed."""

from importlib.util import find_spec

import pytest

from lgescar.report.html import pdf

PAGE = "<html><head><title>t</title></head><body><p>scar</p>{}</body></html>"
HERE = find_spec("weasyprint") is not None


@pytest.mark.skipif(HERE, reason="WeasyPrint is installed")
def test_without_weasyprint_there_is_no_pdf_and_no_error() -> None:
    assert pdf(PAGE.format("")) is None


@pytest.mark.skipif(not HERE, reason="WeasyPrint is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_with_weasyprint_the_page_is_printed() -> None:
    printed = pdf(PAGE.format(""))
    assert printed is not None
    assert printed.startswith(b"%PDF-")


@pytest.mark.skipif(not HERE, reason="WeasyPrint is not installed")
def test_a_picture_from_elsewhere_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert pdf(PAGE.format('<img src="https://lgescar.invalid/x.png">')) is not None
    assert "lgescar.invalid" in caplog.text
