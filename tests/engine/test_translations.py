"""Every language holds all texts of the plugin, and each says what is filled in, pressed and linked as in English."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import languages

# What must be alike: fields of str.format, tags, patterns of files, line breaks and blanks at the ends.
KEPT = r"\{[^}]*\}|</?[a-z][^>]*>|\*\.?\w*|;;|\n|^ | $"


@pytest.mark.parametrize("path", sorted(languages.LANGUAGES.glob("*.ts")), ids=lambda path: path.stem)
def test_a_language_is_whole(path):
    texts, told = languages.collect(), languages.read(path)
    assert len(texts) > 900
    assert list(texts.keys() - told.keys()) == [], "make translations, then translate what is unfinished"
    assert list(told.keys() - texts.keys()) == [], "make translations takes out what is gone"
    for text, words in told.items():
        assert sorted(re.findall(KEPT, words)) == sorted(re.findall(KEPT, text)), text
        assert len(re.findall(r"&\w", words)) == len(re.findall(r"&\w", text)), text


def test_a_new_text_waits_as_unfinished_and_one_that_is_gone_goes(tmp_path):
    path = tmp_path / "geofm_xx.ts"
    languages.write(path, "xx", {"Old <b>": "a.py", "Gone": "a.py"}, {"Old <b>": "Alt & <b>", "Gone": "Weg"})
    languages.write(path, "xx", {"New": "b.py", "Old <b>": "a.py"}, languages.read(path))
    assert languages.read(path) == {"Old <b>": "Alt & <b>"}
    assert path.read_text(encoding="utf-8").count('type="unfinished"') == 1
