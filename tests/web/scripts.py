"""The Python scripts of web/scripts as modules, for tests of their functions."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from tests.servers import ROOT

FOLDER = ROOT / "web" / "scripts"


def import_script(name: str) -> ModuleType:
    """Import a script as Python does when it is run: the scripts beside it can be imported."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    return importlib.import_module(name)
