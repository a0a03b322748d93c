"""Pages that need no cookie: logging in, and being told where the way in is."""

from __future__ import annotations

FILES = frozenset({"common.css", "outside.css", "logo.svg"})
"""All that such a page is made of; the other files of the pages ask for a cookie."""
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>TITLE – lgescar</title>
  <link rel="icon" href="/outside/logo.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/outside/common.css">
  <link rel="stylesheet" href="/outside/outside.css">
</head>
<body>
<main>
<h1><img src="/outside/logo.svg" width="32" height="32" alt="">lgescar</h1>
<p role="status">{}</p>
CONTENT
</main>
<footer>For research, not for diagnosis.</footer>
</body>
</html>
"""


def outside_page(title: str, content: str = "") -> str:
    """A page with a place, ``{}``, for one sentence."""
    return _PAGE.replace("TITLE", title.capitalize()).replace("CONTENT", content)
