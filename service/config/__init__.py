"""Configuration: typed settings read from environment variables; imports nothing else of the service.

Each variable is declared once, in the module of its area (`server_settings.py`, ...), and read in `loading.py`.
"""

from service.config.loading import ConfigError, load_settings
from service.config.production import Finding, findings
from service.config.reference import env_example, settings_table
from service.config.settings import Settings, settings

__all__ = [
    "ConfigError",
    "Finding",
    "Settings",
    "env_example",
    "findings",
    "load_settings",
    "settings",
    "settings_table",
]
