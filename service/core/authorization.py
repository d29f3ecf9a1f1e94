"""Who may call an operation, as data: the extension `x-authorization` of each operation in the document.

Nothing is decided here. The words follow from what the routes declare: the permissions are asked about every role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from service.contract import annotated
from service.contract.decorators import Permission
from service.contract.operations import Operation
from service.core.identity import Identity
from service.core.second_factor_policy import SecondFactorSetupRequired
from service.core.step_up import StepUpRequired
from service.models.users import Role

F = TypeVar("F", bound=Callable[..., Any])

AUTHORIZATION = "x-authorization"
ANONYMOUS = "anonymous"
_API_KEY = "apiKeyAuth"
_OTHERS = "others"


def owner_or(permission: Permission) -> Callable[[F], F]:
    """Declare that what is not public is for its owner and for those who have `permission`; the action checks it."""
    return annotated(**{_OTHERS: permission})


def owner_only(function: F) -> F:
    """Declare that everybody can only reach what is their own; the action checks it."""
    return owner_or(_nobody)(function)


def authorization_extension(operation: Operation) -> Mapping[str, Any]:
    """Return the extension `x-authorization` of an operation.

    - `roles`: who may call it, `anonymous` among them if no credential is needed;
    - `scope`: the scope that an API key needs; absent where no key is accepted;
    - `owner`: what is not public is only for its owner, and for the roles in `others`;
    - `step_up`: it may demand a recent log-in;
    - `without_second_factor`: also for accounts that must set up a second factor first.
    """
    declared = operation.declared
    authorization: dict[str, Any] = {"roles": _callers(operation)}
    scopes = [scope for each in operation.security for scope in each.get(_API_KEY, ())]
    if scopes:
        authorization["scope"] = scopes[0]
    if _OTHERS in declared.annotations:
        authorization |= {"owner": True, "others": _roles([declared.annotations[_OTHERS]])}
    if StepUpRequired in operation.problems:
        authorization["step_up"] = True
    if ANONYMOUS not in authorization["roles"] and SecondFactorSetupRequired not in operation.problems:
        authorization["without_second_factor"] = True
    return {AUTHORIZATION: authorization}


def _callers(operation: Operation) -> list[str]:
    anyone = not operation.security or {} in operation.security
    return [*([ANONYMOUS] if anyone else []), *_roles(operation.declared.permissions)]


def _roles(permissions: Iterable[Permission]) -> list[str]:
    asked = list(permissions)
    return [role.value for role in Role if all(permission(_account(role)) for permission in asked)]


def _account(role: Role) -> Identity:
    """Return somebody with this role who owns nothing."""
    return Identity(0, "", role, UUID(int=0), "", 0)


def _nobody(_caller: Identity) -> bool:
    return False
