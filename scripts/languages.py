"""Texts of the plugin in other languages: collected from the code, kept in `translations/`, compiled into the plugin.

As a program it brings all of `translations/` up to date (texts that are new wait there as unfinished, those that are
gone go) and writes `build/geofm_new.ts`, with which a further language begins: Qt Linguist fills it in.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ROOT / "translations"
CONTEXT = "GeoFM"
MARKS = {"tr": 0, "QT_TRANSLATE_NOOP": 1}  # functions around texts, and which argument the text is


def collect() -> dict[str, str]:
    """Every text that a user of QGIS reads, in the order of the code, with the file that says it."""
    texts: dict[str, str] = {}
    for path in sorted((ROOT / "geofm_qgis").rglob("*.py")):
        for text in _texts_in(ast.parse(path.read_text(encoding="utf-8"))):
            texts.setdefault(text, path.relative_to(ROOT).as_posix())
    for text in filter(None, _said_by_the_engine()):
        texts.setdefault(text, "engine")
    for path in sorted((ROOT / "resources" / "styles").glob("*.qml")):
        for tag, attribute in (("alias", "name"), ("category", "label"), ("paletteEntry", "label")):
            for element in ElementTree.parse(path).iter(tag):
                texts.setdefault(element.get(attribute, ""), path.relative_to(ROOT).as_posix())
    return texts


def _texts_in(tree: ast.AST) -> Iterator[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        place = MARKS.get(call.func.id)
        if place is not None and isinstance(call.args[place], ast.Constant):
            yield call.args[place].value


def _said_by_the_engine() -> Iterator[str]:
    """What `tr` gets at run time: words of requests that the plugin uses, of tasks of models, and units of progress."""
    sys.path.insert(0, str(ROOT))
    from engine.cards.tasks import TASKS
    from engine.jobs.requests import UNITS, kinds

    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "geofm_qgis").rglob("*.py")))
    for request in kinds().values():
        if not request.__module__.startswith("engine."):
            continue  # of a test, in whose process this runs
        yield request.title
        if request.__name__ not in code:
            continue
        for option in request.options().values():
            if option.role != "setting":
                yield from (option.title, option.help, option.unset, *(option.choices or {}).values())
        for item in request.destinations().values():
            yield from (item.title, item.help, item.offer)
    yield from (*UNITS.values(), *(task.words for task in TASKS.values()))
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "engine").rglob("*.py")))
    for text in (text for text in texts if ".progress(" in text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "progress":
                last = node.args[-1] if node.args else None
                if isinstance(last, ast.Constant) and isinstance(last.value, str):
                    yield last.value


def read(path: Path) -> dict[str, str]:
    """The finished translations of a file, by their English text."""
    messages = ElementTree.parse(path).getroot().iter("message")
    pairs = ((message.findtext("source"), message.find("translation")) for message in messages)
    return {text: told.text for text, told in pairs if told is not None and told.text and "type" not in told.attrib}


def write(path: Path, language: str, texts: dict[str, str], translated: dict[str, str]) -> None:
    """A file of Qt Linguist, one line for each part, so that two changes seldom meet."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>", f'<TS version="2.1" language="{language}">']
    lines += ["<context>", f"    <name>{CONTEXT}</name>"]
    for text, file in texts.items():
        told = translated.get(text)
        words = '<translation type="unfinished"></translation>'
        words = words if told is None else f"<translation>{escape(told)}</translation>"
        lines += ["    <message>", f'        <location filename="../{file}"/>']
        lines += [f"        <source>{escape(text)}</source>", f"        {words}", "    </message>"]
    path.write_text("\n".join([*lines, "</context>", "</TS>", ""]), encoding="utf-8")


def compile_into(folder: Path) -> None:
    """Make what Qt loads of all languages, `geofm_LANGUAGE.qm`."""
    program = shutil.which("lrelease", path="/usr/lib/qt5/bin:/usr/lib64/qt5/bin") or shutil.which("lrelease")
    if program is None:
        sys.exit("Translations need Qt's program lrelease: install the package qttools5-dev-tools.")
    folder.mkdir(parents=True)
    for path in sorted(LANGUAGES.glob("*.ts")):
        subprocess.run([program, "-silent", str(path), "-qm", str(folder / f"{path.stem}.qm")], check=True)


def main() -> None:
    """Bring all languages up to date, and make the beginning of another."""
    texts = collect()
    for path in sorted(LANGUAGES.glob("*.ts")):
        known = read(path)
        write(path, path.stem.partition("_")[2], texts, known)
        print(f"{path.relative_to(ROOT)}: {len(texts)} texts, {len(texts.keys() - known.keys())} to translate")
    template = ROOT / "build" / "geofm_new.ts"
    template.parent.mkdir(exist_ok=True)
    write(template, "", texts, {})
    print(f"A further language begins with {template.relative_to(ROOT)}: copy it to translations/geofm_LANGUAGE.ts.")


if __name__ == "__main__":
    main()
