import base64
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from service.config import ConfigError, Settings, load_settings, settings
from service.config.reference import text_of_default
from service.config.server_settings import ENVIRONMENTS
from service.config.settings import variable_of

COMPLETE = {"DATABASE_URL": "postgresql://blog@db/blog", "PUBLIC_URL": "https://blog.example.org"}


@pytest.fixture
def keys_dir(tmp_path):
    (tmp_path / "a.pem").write_text("a key")
    return tmp_path


class TestLoad:
    def test_reads_every_type(self, tmp_path):
        read = load_settings(
            "testing",
            {
                "PORT": "9000",
                "CORS_ORIGINS": "https://a.example, http://localhost:3000/",
                "DATABASE_STATEMENT_TIMEOUT_S": "2.5",
                "VAR_DIR": str(tmp_path),
                "PUBLIC_URL": "https://blog.example.org/",
                "DEFAULT_ROLE": "reader",
                "OUTBOUND_NETWORKS": "10.0.0.0/8, fd00::/8",
                "OUTBOUND_PORTS": "443, 8443",
            },
        )
        assert read.port == 9000
        assert read.cors_origins == ("https://a.example", "http://localhost:3000")
        assert read.database_statement_timeout_s == 2.5
        assert read.jwt_keys_dir == tmp_path / "keys"
        assert read.database_url == f"sqlite:///{tmp_path}/colophon.sqlite3"
        assert read.public_url == read.jwt_issuer == read.site_url == "https://blog.example.org"
        assert read.default_role == "reader"
        assert list(map(str, read.outbound_networks)) == ["10.0.0.0/8", "fd00::/8"]
        assert read.outbound_ports == (443, 8443)

    def test_environment_is_the_given_then_that_of_the_process_then_development(self):
        assert load_settings("testing", {"FLASK_ENV": "development"}).environment == "testing"
        assert load_settings(None, {"FLASK_ENV": "testing"}).environment == "testing"
        assert load_settings(None, {}).environment == "development"

    def test_unknown_environment_names_the_known(self):
        with pytest.raises(
            ConfigError, match="FLASK_ENV is 'staging'; it must be one of development, testing, production"
        ):
            load_settings(None, {"FLASK_ENV": "staging"})

    def test_empty_variable_counts_as_absent(self):
        assert load_settings("development", {"PORT": "", "CORS_ORIGINS": " "}) == load_settings(
            "development", {}
        )

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("PORT", "abc", r"PORT is 'abc'; it must be a whole number from 1 to 65535 \(TCP port\)\."),
            ("PORT", "0", "from 1 to 65535"),
            ("PORT", "8_000", "whole number"),
            ("PORT", "٣", "whole number"),
            ("MAX_BODY_BYTES", "1MB", r"\(bytes\)"),
            ("DATABASE_LOCK_TIMEOUT_S", "-1", r"a number from 0\.01 to 3600 \(seconds\)"),
            ("DATABASE_LOCK_TIMEOUT_S", "nan", "a number from"),
            ("CORS_ORIGINS", "*", "each named in full"),
            ("CORS_ORIGINS", "https://a.example/path", "each named in full"),
            ("CORS_ORIGINS", "null", "each named in full"),
            ("CORS_ORIGINS", "https://a.example, .*", "each named in full"),
            ("PUBLIC_URL", "blog.example.org", "a URL such as"),
            ("PUBLIC_URL", "https://blog.example.org?x", "a URL such as"),
            ("PUBLIC_URL", "javascript://x", "a URL such as"),
            ("REVALIDATE_URLS", "http://127.0.0.1:3000/x, nowhere", "a URL such as"),
            (
                "REVALIDATE_SECRET",
                "whsec_c2hvcnQ=",
                "has an invalid value; it must be 24 or more bytes in base64",
            ),
            ("REVALIDATE_SECRET", "correct horse battery staple, of 24 bytes", "24 or more bytes in base64"),
            ("DEFAULT_ROLE", "admin", "one of reader, author, editor"),
            ("RATE_LIMIT_LOGIN", "often", "10 per minute"),
            ("RATELIMIT_STORAGE_URL", "file:///limits", "redis://host:6379 or memory://"),
            ("RATELIMIT_STORAGE_URL", "redis://", "redis://host:6379 or memory://"),
            ("TRUSTED_PROXIES", "11", "a number from 0 to 10"),
            ("TRUSTED_PROXIES", "127.0.0.1, nginx", "addresses such as"),
            ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses such as"),
            (
                "DATABASE_URL",
                "mysql://x/y",
                "DATABASE_URL has an invalid value; it must be sqlite:////",
            ),
            ("DATABASE_URL", "sqlite:///:memory:", "absolute/path"),
            ("OUTBOUND_NETWORKS", "10.0.0.0/8, home", "networks such as"),
            ("OUTBOUND_NETWORKS", "10.0.0.1/8", "networks such as"),
            ("OUTBOUND_PORTS", "80, 0", "ports such as"),
            ("SITE_TIME_ZONE", "Europe/Atlantis", "such as Europe/Berlin"),
            ("SITE_TIME_ZONE", "Europe", "such as Europe/Berlin"),
            ("SITE_TIME_ZONE", "../../etc/passwd", "such as Europe/Berlin"),
            ("SITE_TIME_ZONE", "/etc/localtime", "such as Europe/Berlin"),
            ("SITE_TIME_ZONE", "localtime", "such as Europe/Berlin"),
            ("SITE_TIME_ZONE", "+01:00", "such as Europe/Berlin"),
            ("LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
            ("JWT_AUDIENCE", "two words", "without spaces"),
            ("MEDIA_STORAGE", "ftp", "one of local, s3"),
            ("S3_BUCKET", "My Bucket", "the name of a bucket"),
            ("S3_PREFIX", "../other", "folders such as blog/media"),
            ("S3_ENDPOINT_URL", "minio:9000", "a URL such as"),
        ],
    )
    def test_bad_value_names_the_variable_and_what_it_wants(self, name, value, says):
        with pytest.raises(ConfigError, match=says):
            load_settings("development", {name: value})

    def test_a_bad_secret_is_never_repeated(self):
        with pytest.raises(ConfigError) as caught:
            load_settings(
                "development", {"SECRET_KEY": "hunter2", "DATABASE_URL": "mysql://root:hunter2@db/x"}
            )
        assert "hunter2" not in str(caught.value)
        assert "SECRET_KEY has an invalid value; it must be at least 32 characters long" in str(caught.value)

    def test_the_settings_of_a_bucket_belong_together(self):
        with pytest.raises(ConfigError, match=r"S3_BUCKET is not set\. MEDIA_STORAGE=s3 needs"):
            load_settings("development", {"MEDIA_STORAGE": "s3"})
        with pytest.raises(
            ConfigError, match="S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together"
        ) as caught:
            load_settings("development", {"S3_SECRET_ACCESS_KEY": "hunter2"})
        assert "hunter2" not in str(caught.value)
        read = load_settings(
            "development", {"MEDIA_STORAGE": "s3", "S3_BUCKET": "media", "S3_PREFIX": "/blog/media/"}
        )
        assert (read.s3_bucket, read.s3_prefix, read.s3_access_key_id) == ("media", "blog/media", None)

    def test_pages_are_not_made_fresh_without_a_secret(self):
        urls = {"REVALIDATE_URLS": "http://127.0.0.1:3000/webhooks/revalidate, http://[::1]:3001/"}
        with pytest.raises(ConfigError, match="REVALIDATE_SECRET is not set"):
            load_settings("development", urls)
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        read = load_settings("development", {**urls, "REVALIDATE_SECRET": secret})
        assert read.revalidate_urls == ("http://127.0.0.1:3000/webhooks/revalidate", "http://[::1]:3001")
        assert read.revalidate_secret == base64.b64decode(secret.removeprefix("whsec_"))
        assert secret not in repr(read)

    @pytest.mark.parametrize(
        ("given", "becomes"),
        [
            ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
            ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
            ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
            ("sqlite:////srv/blog.db", "sqlite:////srv/blog.db"),
        ],
    )
    def test_database_address_names_the_installed_driver(self, given, becomes):
        assert load_settings("development", {"DATABASE_URL": given}).database_url == becomes

    def test_relative_sqlite_path_becomes_absolute(self):
        assert (
            load_settings("development", {"DATABASE_URL": "sqlite:///blog.db"}).database_url
            == f"sqlite:///{Path.cwd()}/blog.db"
        )


class TestProduction:
    def test_lists_everything_that_is_missing_or_wrong_at_once(self, tmp_path):
        with pytest.raises(ConfigError) as caught:
            load_settings("production", {"VAR_DIR": str(tmp_path), "PORT": "abc"})
        lines = str(caught.value).splitlines()
        assert lines[0] == "Invalid production settings:"
        assert [line.split()[1] for line in lines[1:]] == ["PORT", "DATABASE_URL", "PUBLIC_URL", "No"]
        assert f"No signing key in {tmp_path}/keys. Create one with `flask keys create`" in lines[-1]

    def test_starts_with_what_it_needs(self, keys_dir):
        read = load_settings("production", {**COMPLETE, "JWT_KEYS_DIR": str(keys_dir)})
        assert (read.environment, read.log_format) == ("production", "json")

    def test_a_command_may_run_without_keys_or_it_could_not_make_them(self, tmp_path):
        assert load_settings(
            "production", {**COMPLETE, "VAR_DIR": str(tmp_path), "FLASK_RUN_FROM_CLI": "true"}
        )

    def test_a_command_does_not_run_without_the_database(self, tmp_path):
        with pytest.raises(ConfigError, match="DATABASE_URL is not set"):
            load_settings("production", {"FLASK_RUN_FROM_CLI": "true"})


class TestSettings:
    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_no_secret_has_a_default(self, environment, keys_dir):
        secrets = [setting.name for setting in fields(Settings) if "SECRET" in variable_of(setting).name]
        read = load_settings(environment, {**COMPLETE, "JWT_KEYS_DIR": str(keys_dir)})
        assert secrets == ["revalidate_secret", "secret_key", "s3_secret_access_key"]
        assert read.secret_key is read.revalidate_secret is read.s3_secret_access_key is None

    def test_a_secret_is_not_shown(self):
        shown = repr(Settings(secret_key="hunter2" * 5, database_url="postgresql://u:hunter2@h/d"))
        assert "hunter2" not in shown

    def test_every_default_reads_back_as_itself(self):
        for setting in fields(Settings):
            if setting.default not in (None, (), "", Path()):
                assert variable_of(setting).parse(text_of_default(setting.default)) == setting.default

    def test_names_are_unique(self):
        names = [variable_of(setting).name for setting in fields(Settings)]
        assert len(set(names)) == len(names)

    def test_rate_limits_by_name(self):
        assert Settings().rate_limits == {
            "login": "10 per minute",
            "register": "10 per hour",
            "password_reset": "10 per hour",
            "links": "20 per minute",
        }

    def test_are_found_from_the_application_context(self):
        app = Flask(__name__)
        given = app.extensions["settings"] = Settings()
        with app.app_context():
            assert settings() is given


class TestMail:
    @pytest.mark.parametrize(("mode", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
    def test_port_is_that_of_the_encryption(self, mode, port):
        assert load_settings("testing", {"MAIL_TLS": mode}).smtp_port == port
        assert load_settings("testing", {"MAIL_TLS": mode, "MAIL_PORT": "2525"}).smtp_port == 2525

    @pytest.mark.parametrize(
        ("site_url", "sender"),
        [
            ("https://blog.example.org/path", "Colophon <noreply@blog.example.org>"),
            ("http://127.0.0.1:3000", "Colophon <noreply@localhost>"),
            ("http://[::1]:3000", "Colophon <noreply@localhost>"),
        ],
    )
    def test_sender_is_of_the_site(self, site_url, sender):
        assert load_settings("testing", {"SITE_URL": site_url}).mail_from == sender

    @pytest.mark.parametrize(
        ("text", "sender"),
        [
            ("blog@example.org", "blog@example.org"),
            ("The Blog <blog@example.org>", "The Blog <blog@example.org>"),
            ("Zoë's Blog <blog@example.org>", "Zoë's Blog <blog@example.org>"),
        ],
    )
    def test_sender_has_a_name_or_none(self, text, sender):
        assert load_settings("testing", {"MAIL_FROM": text}).mail_from == sender

    @pytest.mark.parametrize(
        "text", ["blog", "A <b", "a@b\nBcc: c@d", "a@b, c@d", f"{'a' * 250}@example.org"]
    )
    def test_sender_that_is_no_address_is_refused(self, text):
        with pytest.raises(
            ConfigError, match=r"MAIL_FROM is .* it must be an address such as Colophon <mail@"
        ):
            load_settings("testing", {"MAIL_FROM": text})

    def test_a_password_is_not_sent_unencrypted(self):
        with pytest.raises(ConfigError, match="the password would be sent unencrypted"):
            load_settings("testing", {"MAIL_USERNAME": "blog", "MAIL_TLS": "none"})

    def test_production_says_from_whom_it_sends(self, keys_dir):
        given = {**COMPLETE, "JWT_KEYS_DIR": str(keys_dir), "MAIL_HOST": "mail.example.org"}
        with pytest.raises(ConfigError, match="MAIL_FROM is not set"):
            load_settings("production", given)
        assert (
            load_settings("production", {**given, "MAIL_FROM": "a@example.org"}).mail_host
            == "mail.example.org"
        )
