"""The commonest passwords are refused, in any case of letters; what the demo, tests and examples use is not."""

from __future__ import annotations

import pytest

from service.core.common_passwords import _commonest, is_common_password
from service.core.passwords import MIN_LENGTH


def test_there_are_ten_thousand_which_length_alone_would_not_refuse() -> None:
    assert len(_commonest()) == 10_000
    assert min(map(len, _commonest())) == MIN_LENGTH


@pytest.mark.parametrize(
    "password",
    ["password", "PASSWORD", "Password1", "password1234", "12345678", "qwertyuiop", "ｐａｓｓｗｏｒｄ"],
)
def test_is_common(password: str) -> None:
    assert is_common_password(password)


@pytest.mark.parametrize("password", ["correct horse battery", "password of the week", "", "# MIT License"])
def test_is_not_common(password: str) -> None:
    assert not is_common_password(password)
