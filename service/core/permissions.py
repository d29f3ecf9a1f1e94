"""Which roles may do what, where the answer needs no more than the role?"""

from __future__ import annotations

from service.core.identity import Identity
from service.models.users import Role


def can_write_posts(identity: Identity) -> bool:
    """Tell whether the caller writes posts: authors and above do."""
    return identity.role.at_least(Role.AUTHOR)


def can_edit_all_posts(identity: Identity) -> bool:
    """Tell whether the caller acts on what others wrote: editors and above do."""
    return identity.role.at_least(Role.EDITOR)
