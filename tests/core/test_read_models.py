"""Read models: their fields are the columns of their SELECT, in the same order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import func

from service.core.read_models import select_read_model
from service.models.items import Item


@dataclass(slots=True)
class Base:
    name: str


@dataclass(slots=True)
class Shout(Base):
    loud: str
    id: int


def test_fields_are_columns_or_expressions_in_the_order_of_the_fields() -> None:
    statement = select_read_model(Shout, Item, loud=func.upper(Item.name))
    assert list(statement.selected_columns.keys()) == ["name", "loud", "id"]
    assert str(statement) == "SELECT items.name, upper(items.name) AS loud, items.id \nFROM items"


def test_an_expression_wins_over_a_column_and_may_be_of_no_field() -> None:
    statement = select_read_model(Base, Item, name=func.lower(Item.name), unused=func.now())
    assert str(statement) == "SELECT lower(items.name) AS name \nFROM items"


def test_a_field_that_is_neither_is_refused() -> None:
    with pytest.raises(AttributeError, match="loud"):
        select_read_model(Shout, Item)
