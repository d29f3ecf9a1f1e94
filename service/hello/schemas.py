"""Request parameters and response model of the greeting."""

from __future__ import annotations

from flask_restx import fields, reqparse

from service.contract import Namespace
from service.contract.types import string

ns = Namespace("hello", description="Sample resource without a database.", path="/api/hello")

greeting_output = ns.model(
    "Greeting",
    {
        "message": fields.String(
            required=True, max_length=100, description="The greeting.", example="Hello, world!"
        ),
    },
)

greeting_arguments = reqparse.RequestParser()
greeting_arguments.add_argument(
    "name", type=string(min_length=1, max_length=80), location="args", default="world", help="Name to greet."
)
