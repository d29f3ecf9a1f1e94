"""Which accounts must have a second factor (`REQUIRE_SECOND_FACTOR`): without one they may only set one up.

Setting up and verifying second factors is in the feature `second_factors`.
"""

from __future__ import annotations

from typing import Protocol

from service.config import settings
from service.contract.problems import Forbidden
from service.models.users import Role


class SecondFactorSetupRequired(Forbidden):
    """Accounts with this role need two-factor authentication. Set up an authenticator app, or add a passkey."""

    code = "SECOND_FACTOR_SETUP_REQUIRED"


class Account(Protocol):
    """What the policy looks at."""

    @property
    def role(self) -> Role:
        """Return the role of the account."""

    @property
    def has_second_factor(self) -> bool:
        """Return whether the account has a second factor."""


def needs_second_factor(role: Role) -> bool:
    """Return whether accounts with this role must have a second factor."""
    return role.value in settings().require_second_factor


def require_second_factor(account: Account) -> None:
    """Raise `SecondFactorSetupRequired` if the account must have a second factor and has none."""
    if not account.has_second_factor and needs_second_factor(account.role):
        raise SecondFactorSetupRequired
