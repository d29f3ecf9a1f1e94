"""Settings of accounts: tokens, sessions, rate limits, guessed passwords."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from service.config.variables import (
    Variable,
    env_field,
    folder,
    integer,
    one_of,
    printable_text,
    rate_limit,
    rate_limit_storage,
    some_of,
)


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """How people sign in, and how often they may try."""

    jwt_keys_dir: Path = env_field(  # noqa: RUF009 - the same
        Path(),
        Variable(
            "JWT_KEYS_DIR",
            folder,
            "Directory of the token signing keys.",
            default_text="keys in VAR_DIR",
        ),
    )
    jwt_issuer: str = env_field(
        "",
        Variable(
            "JWT_ISSUER",
            printable_text(255),
            "Issuer (`iss`) of the tokens.",
            default_text="same as PUBLIC_URL",
        ),
    )
    jwt_audience: str = env_field(
        "colophon", Variable("JWT_AUDIENCE", printable_text(255), "Audience (`aud`) of the tokens.")
    )
    access_token_s: int = env_field(
        900,
        Variable("ACCESS_TOKEN_S", integer(10, 86400), "Lifetime of an access token.", unit="seconds"),
    )
    refresh_token_days: int = env_field(
        30,
        Variable(
            "REFRESH_TOKEN_DAYS",
            integer(1, 365),
            "Lifetime of a session since its last refresh.",
            unit="days",
        ),
    )
    refresh_leeway_s: int = env_field(
        10,
        Variable(
            "REFRESH_LEEWAY_S",
            integer(0, 60),
            "Grace period in which a used refresh token returns the same new token, for tabs that refresh at the same "
            "time; with 0 any reuse revokes the session.",
            unit="seconds",
        ),
    )
    session_days: int = env_field(
        90,
        Variable(
            "SESSION_DAYS",
            integer(1, 3_650),
            "When a session ends however much it is used; unused ones end after REFRESH_TOKEN_DAYS.",
            unit="days",
        ),
    )
    key_rotation_days: int = env_field(
        0,
        Variable(
            "KEY_ROTATION_DAYS",
            integer(0, 3_650),
            "How long a signing key signs before a worker rotates it; 0: by hand. Workers and web servers must share "
            "JWT_KEYS_DIR.",
            unit="days",
        ),
    )
    step_up_s: int = env_field(
        600,
        Variable(
            "STEP_UP_S",
            integer(30, 86_400),
            "How long after a login accounts can be deleted, and addresses and access changed, without the password.",
            unit="seconds",
        ),
    )
    require_second_factor: tuple[str, ...] = env_field(
        (),
        Variable(
            "REQUIRE_SECOND_FACTOR",
            some_of("reader", "author", "editor", "admin"),
            "Roles that need two-factor authentication: accounts without it may only set it up.",
            default_text="none",
        ),
    )
    default_role: str = env_field(
        "author",
        Variable("DEFAULT_ROLE", one_of("reader", "author", "editor"), "Role of newly registered users."),
    )
    sign_up: str = env_field(
        "open",
        Variable(
            "SIGN_UP",
            one_of("open", "verified"),
            "How people register: `open` creates the account at once, `verified` mails a link that proves the address "
            "first, and never tells whether an address has an account.",
        ),
    )
    email_link_hours: int = env_field(
        24,
        Variable(
            "EMAIL_LINK_HOURS",
            integer(1, 168),
            "How long the link in a mail that confirms an e-mail address can be used.",
            unit="hours",
        ),
    )
    account_deletion_days: int = env_field(
        14,
        Variable(
            "ACCOUNT_DELETION_DAYS",
            integer(0, 365),
            "How long after users have asked for it their account is deleted; until then they can cancel. 0: at once.",
            unit="days",
        ),
    )
    invitation_days: int = env_field(
        7,
        Variable(
            "INVITATION_DAYS",
            integer(1, 60),
            "How long an invitation can be accepted after it was sent.",
            unit="days",
        ),
    )

    password_reset_minutes: int = env_field(
        60,
        Variable(
            "PASSWORD_RESET_MINUTES",
            integer(5, 1_440),
            "How long the link in the mail of a password reset can be used.",
            unit="minutes",
        ),
    )

    api_key_days: int = env_field(
        90,
        Variable(
            "API_KEY_DAYS",
            integer(1, 3_650),
            "When an API key expires whose owner gives no time; at most API_KEY_MAX_DAYS.",
            unit="days",
        ),
    )
    api_key_max_days: int = env_field(
        365,
        Variable(
            "API_KEY_MAX_DAYS", integer(1, 3_650), "The longest time that an API key can last.", unit="days"
        ),
    )

    rate_limit_login: str = env_field(
        "10 per minute",
        Variable(
            "RATE_LIMIT_LOGIN",
            rate_limit,
            "Rate limit of login attempts per client.",
            unit="requests per time",
        ),
    )
    rate_limit_register: str = env_field(
        "10 per hour",
        Variable(
            "RATE_LIMIT_REGISTER",
            rate_limit,
            "Rate limit of registrations per client.",
            unit="requests per time",
        ),
    )
    rate_limit_password_reset: str = env_field(
        "10 per hour",
        Variable(
            "RATE_LIMIT_PASSWORD_RESET",
            rate_limit,
            "Rate limit of requests for a password reset per client.",
            unit="requests per time",
        ),
    )
    rate_limit_links: str = env_field(
        "20 per minute",
        Variable(
            "RATE_LIMIT_LINKS",
            rate_limit,
            "Rate limit of opening and using single-use links, such as invitations, per client.",
            unit="requests per time",
        ),
    )
    ratelimit_storage_url: str = env_field(
        "",
        Variable(
            "RATELIMIT_STORAGE_URL",
            rate_limit_storage,
            "Storage of rate limits and failed logins: sqlite:////absolute/path counts across all workers of a host, "
            "redis://host:6379 across hosts, memory:// per worker.",
            default_text="an SQLite file in VAR_DIR",
            is_secret=True,
        ),
    )
    login_failures: int = env_field(
        5,
        Variable(
            "LOGIN_FAILURES",
            integer(1, 1_000_000),
            "Failed logins to an account, from all addresses together, after which further ones have to wait.",
            unit="attempts per day",
        ),
    )
    login_wait_s: int = env_field(
        60,
        Variable(
            "LOGIN_WAIT_S", integer(1, 86_400), "First wait; each further failure doubles it.", unit="seconds"
        ),
    )
    login_wait_max_s: int = env_field(
        3600,
        Variable("LOGIN_WAIT_MAX_S", integer(1, 86_400), "Longest of these waits.", unit="seconds"),
    )
    known_address_days: int = env_field(
        90,
        Variable(
            "KNOWN_ADDRESS_DAYS",
            integer(1, 3650),
            "How long attempts from the address of a login are counted apart: others cannot lock the owner out.",
            unit="days",
        ),
    )
