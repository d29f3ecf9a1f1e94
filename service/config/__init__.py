"""How is the service configured? By environment variables, declared once in `settings.py`.

Nothing of the rest of the service may be imported here.
"""

from service.config.reference import env_example, settings_table
from service.config.settings import ConfigError, Settings, load_settings, settings

__all__ = ["ConfigError", "Settings", "env_example", "load_settings", "settings", "settings_table"]
