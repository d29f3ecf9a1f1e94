"""The authorization table: every cell is what the application answers, and the document says the same of each role."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import delete_uploads, empty_tables
from tests.security.callers import (
    ADMINISTRATOR,
    ANONYMOUS,
    AUTHOR,
    CALLERS,
    EDITOR,
    KEY,
    NO_2FA,
    NO_SCOPE,
    OLD_LOGIN,
    OWNER,
    READER,
    SUSPENDED,
)
from tests.security.matrix import Matrix, Row, measure
from tests.security.objects import ANOTHERS, OWN
from tests.security.table import TABLE, render, rows_in

ROLES = (READER, AUTHOR, EDITOR, ADMINISTRATOR)
REFUSED = frozenset({401, 403})
HIDDEN = REFUSED | {404}


@pytest.fixture(scope="module")
def measurements() -> dict[str, Matrix]:
    """Cache what was measured on each kind of database: pytest changes between them."""
    return {}


@pytest.fixture
def measured(database_kind: str, shared_app: Flask, measurements: dict[str, Matrix]) -> Matrix:
    """Return the matrix of the application on a kind of database; each cell was requested."""
    if database_kind not in measurements:
        with shared_app.app_context():
            empty_tables()
            measurements[database_kind] = measure(shared_app)
            delete_uploads(shared_app.extensions["settings"].upload_dir)
    return measurements[database_kind]


def test_every_cell_is_as_in_the_table(measured: Matrix) -> None:
    expected = {(row.operation, row.state): row.statuses for row in rows_in(TABLE.read_text("utf-8"))}
    found = {(row.operation, row.state): row.statuses for row in measured.rows}
    differing = [
        f"{operation}, {state}: {caller} receives {statuses[caller]} instead of {wanted[caller]}"
        for (operation, state), statuses in found.items()
        if (wanted := expected.get((operation, state)))
        for caller in CALLERS
        if statuses[caller] != wanted[caller]
    ]
    assert differing == []
    assert found.keys() == expected.keys(), "python -m tests.security.table writes new rows"


def test_every_policy_is_as_in_the_table(measured: Matrix) -> None:
    assert TABLE.read_text("utf-8") == render(measured), "python -m tests.security.table writes it"


class TestPolicy:
    """What `x-authorization` says, and what callers receive."""

    def test_a_role_is_named_if_it_is_not_always_refused(self, measured: Matrix) -> None:
        for operation, policy in measured.policies.items():
            rows = measured.rows_of(operation)
            admitted = [role for role in ROLES if any(row.statuses[role] not in REFUSED for row in rows)]
            assert [role for role in policy["roles"] if role != ANONYMOUS] == admitted, operation

    def test_anonymous_callers_are_asked_to_log_in_unless_they_are_named(self, measured: Matrix) -> None:
        for row in measured.rows:
            is_named = ANONYMOUS in measured.policies[row.operation]["roles"]
            assert (row.statuses[ANONYMOUS] != 401) == is_named, row

    def test_a_closed_account_is_refused_wherever_a_token_is_read(self, measured: Matrix) -> None:
        for row in measured.rows:
            assert (row.statuses[SUSPENDED] == 401) != (row.operation in measured.public), row

    def test_a_key_needs_the_scope(self, measured: Matrix) -> None:
        for row in measured.rows:
            if row.operation in measured.public:
                assert row.statuses[KEY] == row.statuses[NO_SCOPE] == row.statuses[ANONYMOUS], row
            else:
                has_scope = "scope" in measured.policies[row.operation]
                assert row.statuses[NO_SCOPE] == 403, row
                assert row.statuses[KEY] == (row.statuses[OWNER] if has_scope else 403), row

    def test_an_old_log_in_is_refused_where_a_step_up_may_be_demanded(self, measured: Matrix) -> None:
        for operation, policy in measured.policies.items():
            verdicts = {
                row.statuses[OLD_LOGIN]
                for row in measured.rows_of(operation)
                if row.statuses[OLD_LOGIN] != row.statuses[ADMINISTRATOR]
            }
            assert verdicts == ({403} if policy.get("step_up") else set()), operation

    def test_a_second_factor_is_demanded_first(self, measured: Matrix) -> None:
        for row in measured.rows:
            is_free = measured.policies[row.operation].get("without_second_factor", False)
            as_admin = is_free or row.operation in measured.public
            assert row.statuses[NO_2FA] == (row.statuses[ADMINISTRATOR] if as_admin else 403), row

    def test_what_belongs_to_somebody_is_hidden_from_all_but_the_others_that_are_named(
        self, measured: Matrix
    ) -> None:
        for operation, policy in measured.policies.items():
            rows = measured.rows_of(operation)
            kept_out = {role for role in (AUTHOR, EDITOR, ADMINISTRATOR) if is_kept_out(rows, role)}
            assert not kept_out & {*policy.get("others", ())}, operation
            assert not kept_out or policy.get("owner"), operation


def is_kept_out(rows: list[Row], role: str) -> bool:
    """Tell whether somebody is refused what Alice may do to what is hers, or everybody to what is their own."""
    own = [row for row in rows if row.state == OWN]
    return any(
        row.statuses[role] in HIDDEN
        and (
            row.statuses[OWNER] not in HIDDEN
            or (row.state == ANOTHERS and any(each.statuses[role] not in HIDDEN for each in own))
        )
        for row in rows
    )
