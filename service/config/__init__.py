"""Configuration: typed settings read from environment variables; imports nothing else of the service.

Each variable is declared once, in `settings.py`.
"""

from service.config.reference import env_example, settings_table
from service.config.settings import ConfigError, Settings, load_settings, settings

__all__ = ["ConfigError", "Settings", "env_example", "load_settings", "settings", "settings_table"]
