"""Characters that steer a terminal or turn what is around them are spelled out, and no others."""

from __future__ import annotations

import io
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.printable import ERASE_LINE, controls_in, printable
from engine.jobs.report import ConsoleReport

CONTROLS = [*range(32), *range(0x7F, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F)]
CONTROLS += [*range(0x2060, 0x2065), *range(0x2066, 0x2070), 0xD800, 0xDFFF, 0xFEFF, *range(0xFFF9, 0xFFFC), 0xE0001]
WRITING = ["Wälder & Äcker", "می‌خواهم", "森林\u3000水田", "नदी", "👩‍🌾", "a\u00a0b", "<b>", "\\x1b"]


@pytest.mark.parametrize("code", CONTROLS, ids=hex)
def test_a_control_is_spelled_out(code: int) -> None:
    shown = printable(f"a{chr(code)}b")
    assert shown.isascii() and shown.isprintable() and shown[1] == "\\"
    assert json.loads(f'"{shown}"') == f"a{chr(code)}b"
    assert controls_in(f"a{chr(code)}b") == [chr(code)]


@pytest.mark.parametrize("text", WRITING)
def test_what_people_write_stays(text: str) -> None:
    assert (printable(text), controls_in(text)) == (text, [])


@given(st.text(st.characters(codec=None)))
def test_any_text_is_one_line_and_is_safe_already_the_second_time(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}


@given(st.dictionaries(st.text(), st.text()))
def test_json_stays_the_same_json(values: dict[str, str]) -> None:
    assert json.loads(printable(json.dumps(values, ensure_ascii=False))) == values


class Terminal(io.StringIO):
    """As much of one as a report asks for."""

    def isatty(self) -> bool:
        return True


def test_a_message_is_one_line_of_a_terminal(tmp_path: Path) -> None:
    stream = Terminal()
    report = ConsoleReport(tmp_path, stream)
    report.message("\r\x1b[2J\x9b1mS1\u202e.tif\nhas no \x07orbit")
    report.progress(1, 2, "\x1b]0;title\x07rows")
    report.send({"event": "progress", "done": 1, "total": 2, "unit": "\x1b]rows", "rate": 1.0, "eta_s": 1.0})
    told = stream.getvalue()
    assert told.count(ERASE_LINE) == 3
    assert controls_in(told.replace(ERASE_LINE, "")) == ["\n"]
    assert r"\r\u001b[2J\u009b1mS1\u202e.tif\nhas no \u0007orbit" in told
