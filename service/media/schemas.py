"""Namespace of the images; there are no models."""

from __future__ import annotations

from service.contract import Namespace

ns = Namespace("media", description="Images of posts.", path="/media")
