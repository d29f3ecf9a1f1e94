"""Flask extension instances (SQLAlchemy, JWT, CORS, Limiter, Migrate), unbound until `create_app()`.

Imports nothing else of the service, so that every layer can import these objects.
"""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData

# Every constraint has a predictable name: migrations can drop it, and an integrity error can be mapped to a problem by
# that name on both databases. `column_0_N_name` joins the names of all columns.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING_CONVENTION))
jwt = JWTManager()
cors = CORS()
limiter = Limiter(key_func=get_remote_address)
migrate = Migrate()


@migrate.configure  # type: ignore[arg-type]  # the stubs have their Config inherit nothing
def _read_pyproject(config: Config) -> Config:
    """Let `flask db` read `[tool.alembic]` of pyproject.toml, as `alembic` does; the default is alembic.ini only."""
    config.toml_file_name = str(Path(__file__).parent.parent / "pyproject.toml")
    return config
