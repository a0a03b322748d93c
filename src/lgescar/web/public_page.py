"""Pages that need no cookie: logging in, and the address that opens the others."""

from __future__ import annotations

FILES = frozenset({"common.css", "public.css", "logo.svg"})
"""All that such a page is made of; the other files need a cookie."""
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>TITLE – lgescar</title>
  <link rel="icon" href="/public/logo.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/public/common.css">
  <link rel="stylesheet" href="/public/public.css">
</head>
<body>
<main>
<h1><img src="/public/logo.svg" width="32" height="32" alt="">lgescar</h1>
<p role="status">{}</p>
CONTENT
</main>
<footer>For research, not for diagnosis.</footer>
</body>
</html>
"""


def public_page(title: str, content: str = "") -> str:
    """A page with a place, ``{}``, for one sentence."""
    return _PAGE.replace("TITLE", title.capitalize()).replace("CONTENT", content)
