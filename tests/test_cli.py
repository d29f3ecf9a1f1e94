import stat

import pytest

from service.app import create_app
from service.config import env_example, load_settings, settings_table


@pytest.fixture
def runner(tmp_path):
    return create_app(load_settings("testing", {"VAR_DIR": str(tmp_path)})).test_cli_runner()


class TestSettings:
    @pytest.mark.parametrize(
        ("arguments", "output"), [([], settings_table()), (["--format", "env"], env_example())]
    )
    def test_prints_what_the_declaration_says(self, runner, arguments, output):
        result = runner.invoke(args=["settings", *arguments])
        assert (result.exit_code, result.output) == (0, output)


class TestKeys:
    def test_a_key_is_its_owners_alone(self, runner, tmp_path):
        result = runner.invoke(args=["keys", "create"])
        assert result.exit_code == 0
        (file,) = (tmp_path / "keys").glob("*.pem")
        assert file.stem == result.output.strip()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_later_key_signs_when_it_is_told_to(self, runner, tmp_path):
        first, second = (runner.invoke(args=["keys", "create"]).output.strip() for _ in range(2))
        assert (
            create_app(load_settings("testing", {"VAR_DIR": str(tmp_path)})).extensions["key_ring"]().kid
            == first
        )
        assert runner.invoke(args=["keys", "use", second]).exit_code == 0
        assert (
            create_app(load_settings("testing", {"VAR_DIR": str(tmp_path)})).extensions["key_ring"]().kid
            == second
        )

    @pytest.mark.parametrize("kid", ["nothing", "-7S5SUppP1oHLdLiWWA40ZIlTo0J1ufjX1-f7R2xIbQ"])
    def test_an_unknown_key_is_refused_with_the_reason(self, runner, kid):
        runner.invoke(args=["keys", "create"])
        result = runner.invoke(args=["keys", "use", kid])
        assert result.exit_code == 1
        assert f"No key {kid}" in result.output
        assert "Traceback" not in result.output
