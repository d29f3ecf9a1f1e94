"""Read models: dataclasses whose fields are the columns of a SELECT, each declared once; tables are in `models`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from service.models.base import Model


def select_read_model(
    read_model: type[Any], table: type[Model], **expressions: ColumnElement[Any]
) -> Select[Any]:
    """Return a SELECT of the fields of a dataclass, in their order, so that `read_model(*row)` takes its rows.

    A field is the column of `table` with its name, unless `expressions` has that name. Raise `AttributeError` for a
    field that is neither.
    """
    # By position: reading each column of a row by its name took a fifth of the time of a list.
    return select(
        *(
            expressions[field.name].label(field.name)
            if field.name in expressions
            else getattr(table, field.name)
            for field in fields(read_model)
        )
    )
