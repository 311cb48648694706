"""The page and its files."""

import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from typing_extensions import override

from image_generation.graphql.explorer.packages import (
    BUILT,
    CDN,
    HERE,
    PackageFile,
    package_files,
)
from image_generation.graphql.explorer.tabs import TABS

# Relative to `/graphql`, so that the page also works below a prefix of a proxy.
ASSETS = "graphql/assets"

# The one style sheet GraphiQL writes into the page: it keeps the page from scrolling behind an
# open dialog (react-remove-scroll-bar; on a page without a scroll bar it never differs).
_SCROLL_LOCK = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Image generation</title>
<link rel="icon" type="image/svg+xml" href="{assets}/icon.svg">
{head}
</head>
<body>
{body}
</body>
</html>
"""

_MISSING = """\
<main>
<h1>GraphQL is served here</h1>
<p>This server was installed without GraphiQL, the page to explore it with: npm was not at hand
when it was built. Any GraphQL client can be pointed at this address.</p>
</main>"""


class Explorer:
    """GraphiQL, from files of ours or, where they are missing and that is allowed, from a CDN."""

    def __init__(self, *, allow_cdn: bool = True, built: Path = BUILT) -> None:
        self._built = built
        self._files = list(package_files())
        self._complete = all((built / file.path).is_file() for file in self._files)
        self._source = f"{ASSETS}/packages" if self._complete else CDN if allow_cdn else None
        self._html = self._render()

    def page(self) -> Response:
        """Show the page. Its policy lets nothing in but the files it names."""
        return HTMLResponse(
            self._html,
            headers={
                "content-security-policy": content_security_policy(cdn=self._source == CDN),
                "referrer-policy": "no-referrer",
                "x-content-type-options": "nosniff",
            },
        )

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Serve the files of the page below `prefix`."""
        own = Mount(prefix, StaticFiles(directory=HERE / "static"))
        if not self._complete:
            return [own]
        return [Mount(f"{prefix}/packages", PinnedFiles(directory=self._built)), own]

    def _render(self) -> str:
        if self._source is None:
            return _PAGE.format(assets=ASSETS, head=_own_style(), body=_MISSING)
        tags = [_tag(self._source, file) for file in self._files]
        script = f'<script defer src="{ASSETS}/explorer.js"></script>'
        tabs = escape(json.dumps([asdict(tab) for tab in TABS]))
        body = f'<div id="explorer" data-tabs="{tabs}">Loading…</div>'
        return _PAGE.format(assets=ASSETS, head="\n".join([*tags, _own_style(), script]), body=body)


class PinnedFiles(StaticFiles):
    """Files whose paths hold their versions: a browser need never ask for them again."""

    @override
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def content_security_policy(*, cdn: bool) -> str:
    """Allow this host, and the one CDN if it is needed; no script or style in the page itself.

    GraphiQL's style sheet brings its fonts and cursors along as `data:`.
    """
    host = f"'self' {CDN}" if cdn else "'self'"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {host}",
            f"style-src {host} {_SCROLL_LOCK}",
            "font-src data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _tag(source: str, file: PackageFile) -> str:
    check = f'integrity="{file.integrity}" crossorigin="anonymous"'
    address = f"{source}/{file.path}"
    if file.path.endswith(".css"):
        return f'<link rel="stylesheet" href="{address}" {check}>'
    return f'<script defer src="{address}" {check}></script>'


def _own_style() -> str:
    return f'<link rel="stylesheet" href="{ASSETS}/explorer.css">'
