from dataclasses import fields
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from service.config import Settings, env_example, load_settings, settings_table
from service.config.settings import variable_of

ROOT = Path(__file__).parents[2]


def test_the_example_on_disk_is_what_the_settings_say():
    assert (ROOT / ".env.example").read_text() == env_example(), (
        "run: flask settings --format env > .env.example"
    )


def test_the_example_uncommented_is_the_default():
    lines = [line.removeprefix("# ") for line in env_example().splitlines() if "=" in line]
    values = dotenv_values(stream=StringIO("\n".join(lines)))
    assert len(values) == len(fields(Settings))
    assert load_settings(None, {name: value or "" for name, value in values.items()}) == load_settings(
        None, {}
    )


def test_the_table_has_every_variable_with_what_it_means():
    rows = settings_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [variable_of(setting).name for setting in fields(Settings)]
    assert all(row.count("|") == 5 for row in rows)
    assert "| `ACCESS_TOKEN_S` | `900` | seconds | Lifetime of an access token. |" in rows
    assert "| `LOG_FORMAT` | `console`; production: `json` |" in settings_table()
