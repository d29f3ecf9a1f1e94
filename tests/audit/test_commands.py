"""`flask audit verify` and `flask audit restart`."""

from __future__ import annotations

import pytest

from service.audit.commands import audit
from service.config import settings
from service.core.audit_macs import AuditKeys
from service.core.encryption import FILE_NAME
from tests.audit.log import actions, chained, change, entries, recorded


@pytest.fixture
def run(app):
    def run(*words):
        return app.test_cli_runner().invoke(audit, words)

    return run


class TestVerify:
    def test_tells_that_nothing_was_changed(self, run):
        chained(2)
        recorded(1)
        result = run("verify")
        assert result.exit_code == 0, result.output
        code = entries()[1].chain_mac.hex()[:32]
        assert result.output == (
            "2 entries in the chain, 1 not yet in it. Nothing was changed, removed or inserted.\n"
            f"head 2:{code}\n"
        )
        assert run("verify", "--head", f"2:{code}").exit_code == 0

    def test_ends_with_1_if_something_was(self, run):
        chained(3)
        change("UPDATE audit_entries SET actor_id = 9 WHERE position = 1")
        change("DELETE FROM audit_entries WHERE position = 2")
        result = run("verify")
        assert result.exit_code == 1
        first, second, summary, _head = result.output.splitlines()
        assert first.startswith("changed: Entry 1 (item.created")
        assert second == "removed: Entry 2 is missing."
        assert summary.endswith("2 findings.")

    def test_another_head_is_a_finding(self, run):
        chained(1)
        result = run("verify", "--head", f"1:{0:032}")
        assert result.exit_code == 1
        assert "not the one that was noted" in result.output

    @pytest.mark.parametrize("head", ["1", "0:" + "a" * 32, "1:abc", "x:" + "a" * 32])
    def test_head_has_a_form(self, run, head):
        result = run("verify", "--head", head)
        assert result.exit_code == 2
        assert "--head" in result.output

    def test_needs_the_key(self, run):
        key = settings().jwt_keys_dir / FILE_NAME
        AuditKeys.load(create=True)
        kept = key.read_bytes()
        key.unlink()
        try:
            result = run("verify")
        finally:
            key.write_bytes(kept)
        assert result.exit_code == 1
        assert "There is no key" in result.output


class TestRestart:
    def test_lets_the_chain_go_on(self, run):
        chained(2)
        change("UPDATE audit_chain_ends SET signature = chain_mac")
        assert run("verify").exit_code == 1
        result = run("restart", "--yes")
        assert result.exit_code == 0, result.output
        assert result.output == "The chain goes on behind entry 2.\n"
        assert actions()[-1] == "audit.restarted"
        chained()
        assert run("verify").exit_code == 0

    def test_of_an_empty_chain(self, run):
        assert run("restart", "--yes").output == "The chain goes on behind entry 0.\n"

    def test_asks_before(self, run):
        assert run("restart").exit_code == 1
        assert actions() == []
