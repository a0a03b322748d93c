"""The page of a report as PDF, where WeasyPrint is installed (extra ``pdf``)."""

from __future__ import annotations

from importlib.util import find_spec

PAPER = """
@page { size: A4; margin: 13mm 12mm; }
header { display: block; }
.research { display: inline-block; margin: 4pt 0 8pt; }
.few { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.bars { display: flex; align-items: flex-end; }
.bars > div { display: block; }
.bars .bar { display: block; position: relative; height: calc(90pt * var(--height)); }
.bars .bar span { position: absolute; bottom: 0; left: 0; width: 100%; }
.index { min-height: 26pt; }
"""
"""Where WeasyPrint lays out other than browsers do."""


def pdf(page: str) -> bytes | None:
    """The HTML page of a report as PDF; None where WeasyPrint, or a library it needs, is not here.

    Nothing outside the page is loaded.
    """
    if find_spec("weasyprint") is None:
        return None
    try:
        import weasyprint
    except OSError:  # Pango is a library of the system, not of Python
        return None
    inside = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    styled = page.replace("</head>", f"<style>{PAPER}</style></head>", 1)
    content: bytes = weasyprint.HTML(string=styled, url_fetcher=inside).write_pdf()
    return content
