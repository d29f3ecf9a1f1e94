"""How media are addressed."""

from __future__ import annotations

from service.contract import Namespace

ns = Namespace("media", description="Images that posts show.", path="/media")
