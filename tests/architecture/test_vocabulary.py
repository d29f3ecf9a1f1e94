from pathlib import Path

import pytest

from tests.architecture import vocabulary

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", [vocabulary.docstring_violations, vocabulary.term_violations])
def test_this_checkout_keeps_the_rule(rule):
    assert rule(ROOT) == []


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        ("Rate limiting per account.", 0),
        ("Usage::\n\n    a", 0),
        ("What is counted? Calls.", 1),
        ("Who may read?", 1),
        ("Rate limits", 1),
    ],
)
def test_docstring_that_does_not_state_is_found(docstring, found, tmp_path):
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "a.py").write_text(f'"""{docstring}"""\n')

    assert len(vocabulary.docstring_violations(tmp_path)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""Refresh-token\nrotation."""', 0),
        ("# REFRESH TOKEN ROTATION", 0),
        ('"""How does a log-in go on?"""', 1),
    ],
)
def test_term_that_leads_nowhere_is_found(text, found, tmp_path):
    (tmp_path / "sessions.py").write_text(text)

    assert len(vocabulary.term_violations(tmp_path, {"refresh token rotation": "sessions.py"})) == found


def test_term_of_a_missing_file_is_found(tmp_path):
    assert vocabulary.term_violations(tmp_path, {"slug": "gone.py"}) == [
        "gone.py: not there, but said to implement 'slug'"
    ]
