"""Writes the documentation as HTML, for the help that travels with the plugin.

It knows what docs/*.md are written with, so that staging needs nothing but Python: headings, paragraphs, lists, tables,
code, emphasis, links and pictures.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["as_html", "write_docs"]

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 sans-serif; max-width: 52em; margin: 0 auto; padding: 1em; }}
nav a {{ margin-right: 1em; }}
img {{ max-width: 100%; }}
pre, code {{ font: 14px/1.4 monospace; background: rgba(128, 128, 128, .15); }}
pre {{ padding: .6em; overflow-x: auto; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
td, th {{ border: 1px solid rgba(128, 128, 128, .5); padding: .2em .6em; text-align: left; vertical-align: top; }}
</style></head><body><nav>{links}</nav>
{body}
</body></html>
"""
# Pages for people who use the plugin, in the order of the links on top of each.
PAGES = {
    "qgis": "In QGIS",
    "flood": "Floods",
    "landcover": "Land cover",
    "search": "Search",
    "models": "Models",
    "geofm-basic": "GeoFM basic",
    "training": "Training",
    "security": "Security",
}
ITEM = re.compile(r"(?P<mark>[-*+]|\d+\.)\s+(?P<text>.*)")
HEADING = re.compile(r"(#{1,6})\s+(.*)")
RULE = re.compile(r"\|?[\s:|-]+\|[\s:|-]*$")
CODE = re.compile(r"(`+)(.+?)\1")
PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s:]+?)\.md(#[^)\s]*)?\)")
ELSEWHERE = "https://github.com/geofm/geofm/blob/main/docs"
INLINE = (
    (re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)"), r'<img src="\2" alt="\1">'),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*(?!\s)([^*]+?)(?<!\s)\*(?![\w*])"), r"<em>\1</em>"),
)


def write_docs(source: Path, target: Path) -> None:
    """Write the pages in `PAGES` and their pictures.

    Parameters
    ----------
    source : Path
        The folder of the Markdown files.
    target : Path
        A folder; it is made.
    """
    target.mkdir(parents=True)
    texts = {name: (source / f"{name}.md").read_text(encoding="utf-8") for name in PAGES}
    links = " ".join(f'<a href="{name}.html">{html.escape(title)}</a>' for name, title in PAGES.items())
    for name, text in texts.items():
        title = next((match[2] for match in map(HEADING.match, text.splitlines()) if match), name)
        page = PAGE.format(title=html.escape(title), links=links, body=as_html(text))
        (target / f"{name}.html").write_text(page, encoding="utf-8")
    pictures = {name for text in texts.values() for name in re.findall(r"!\[[^\]]*\]\((images/[^)\s]+)\)", text)}
    for picture in sorted(pictures):
        (target / picture).parent.mkdir(exist_ok=True)
        shutil.copy(source / picture, target / picture)


def as_html(markdown: str) -> str:
    """The body of a page."""
    return "\n".join(_blocks(markdown.splitlines()))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        start = at
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            at = next((end for end in range(at + 1, len(lines)) if lines[end].startswith("```")), len(lines)) + 1
            yield _code(lines[start + 1 : at - 1])
        elif line.startswith("    "):
            at = _end_of_indented(lines, at)
            yield _code([line[4:] for line in lines[start:at]])
        elif match := HEADING.match(line):
            level = len(match[1])
            yield f'<h{level} id="{_anchor(match[2])}">{_inline(match[2])}</h{level}>'
            at += 1
        elif line.startswith("|") and at + 1 < len(lines) and RULE.match(lines[at + 1]):
            at = next((end for end in range(at, len(lines)) if not lines[end].startswith("|")), len(lines))
            yield _table(lines[start:at])
        elif ITEM.match(line):
            at = _end_of_list(lines, at)
            yield _list(lines[start:at])
        else:
            while at < len(lines) and lines[at].strip() and (at == start or not _begins_other(lines[at])):
                at += 1
            yield f"<p>{_inline(' '.join(part.strip() for part in lines[start:at]))}</p>"


def _begins_other(line: str) -> bool:
    return bool(line.startswith(("```", "|")) or HEADING.match(line) or ITEM.match(line))


def _end_of_indented(lines: list[str], at: int) -> int:
    end = at
    while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
        at += 1
        end = at if lines[at - 1].strip() else end
    return end


def _end_of_list(lines: list[str], at: int) -> int:
    """Where what follows is neither an item, nor indented, nor a line that goes on without a blank one between."""
    end = at
    while at < len(lines):
        line = lines[at]
        goes_on = at == end and at > 0 and bool(lines[at - 1].strip())
        if line.strip() and not (ITEM.match(line) or line.startswith(" ") or goes_on):
            break
        at += 1
        end = at if line.strip() else end
    return end


def _list(lines: list[str]) -> str:
    """Items; what is indented below one belongs to it."""
    items: list[list[str]] = []
    for line in lines:
        match = ITEM.match(line)
        if match:
            items.append([match["text"]])
        else:
            items[-1].append(line)
    kind = "ol" if lines[0][0].isdigit() else "ul"
    parts = []
    for first, *rest in items:
        indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
        inside = list(_blocks([first, *(line[indent:] for line in rest)]))
        if inside and inside[0].startswith("<p>"):
            inside[0] = inside[0][3:-4]
        parts.append(f"<li>{''.join(inside)}</li>")
    return f"<{kind}>{''.join(parts)}</{kind}>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows[2:])
    return f"<table><tr>{head}</tr>{body}</table>"


def _code(lines: list[str]) -> str:
    text = "\n".join(lines)
    return f"<pre>{html.escape(text)}</pre>"


def _inline(text: str) -> str:
    """Emphasis, links and pictures; what is code stays as it is written."""
    parts, at = [], 0
    for match in CODE.finditer(text):
        parts += [_styled(text[at : match.start()]), f"<code>{html.escape(match[2].strip())}</code>"]
        at = match.end()
    return "".join([*parts, _styled(text[at:])])


def _styled(text: str) -> str:
    text = PAGE_LINK.sub(_link, html.escape(text.replace("\\|", "|"), quote=False))
    for pattern, written in INLINE:
        text = pattern.sub(written, text)
    return text


def _link(match: re.Match[str]) -> str:
    """To a page that travels along, or to where all are."""
    words, page, part = match[1], match[2], match[3] or ""
    target = f"{page}.html{part}" if page in PAGES else f"{ELSEWHERE}/{page}.md{part}"
    return f'<a href="{target}">{words}</a>'


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
