"""Server-sent events: how they are written, documented, and held to their declaration."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response
from flask_restx import fields

from service.contract import Api, Namespace, Resource, no_database, produces_events, public
from service.contract.checks.conformance import ContractChecker, ContractViolation
from service.contract.event_streams import json_encoder, parse_events, write_event


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    ns = Namespace("clock", description="The clock.", path="/clock")
    model = ns.model(
        "Tick", {"at": fields.DateTime(required=True, description="When.", example="2026-11-29T09:30:00Z")}
    )

    @ns.route("")
    class Clock(Resource):
        @public
        @no_database
        @ns.doc(id="followClock")
        @ns.response(200, "Ticks")
        @ns.response(204, "It has stopped")
        @produces_events("tick", model)
        def get(self) -> Response:
            """Follow the clock."""
            return Response()

    app = Flask(__name__)
    api = Api(title="Clock", version="1", description="A clock.")
    api.add_namespace(ns)
    api.init_app(app, add_specs=False)
    api.compile()
    found: dict[str, Any] = api.document
    return found


def headers_of(document: dict[str, Any]) -> dict[str, str]:
    assert "/clock" in document["paths"]
    return {"Content-Type": "text/event-stream; charset=utf-8"}


class TestDocument:
    def test_says_what_an_event_is(self, document: dict[str, Any]) -> None:
        responses = document["paths"]["/clock"]["get"]["responses"]
        media = responses["200"]["content"]["text/event-stream"]
        assert media["schema"]["required"] == ["id", "event", "data"]
        assert media["schema"]["properties"]["event"]["const"] == "tick"
        data = media["schema"]["properties"]["data"]
        assert (data["contentMediaType"], data["contentSchema"]) == (
            "application/json",
            {"$ref": "#/components/schemas/Tick"},
        )
        assert media["example"]["data"] == '{"at":"2026-11-29T09:30:00Z"}'

    def test_has_no_events_where_there_is_no_content(self, document: dict[str, Any]) -> None:
        assert "content" not in document["paths"]["/clock"]["get"]["responses"]["204"]


class TestChecker:
    def test_takes_what_is_declared(self, document: dict[str, Any]) -> None:
        body = b"retry: 1\n\n:\n\n" + write_event("tick", "1", b'{"at":"2026-11-29T09:30:00Z"}')
        observed = ContractChecker(document).check("GET", "/clock", 200, headers_of(document), body)
        assert observed is not None
        assert observed.media_type == "text/event-stream"

    @pytest.mark.parametrize(
        "event",
        [
            write_event("tock", "1", b'{"at":"2026-11-29T09:30:00Z"}'),
            write_event("tick", "1", b'{"at":null}'),
            b'event: tick\ndata: {"at":"2026-11-29T09:30:00Z"}\n\n',
        ],
    )
    def test_refuses_anything_else(self, document: dict[str, Any], event: bytes) -> None:
        with pytest.raises(ContractViolation, match="an event does not match"):
            ContractChecker(document).check("GET", "/clock", 200, headers_of(document), event)


def test_data_is_one_line_of_json() -> None:
    model = Namespace("x").model("X", {"text": fields.String(required=True, description="Text.")})
    (event,) = parse_events(write_event("x", "1", json_encoder(model)({"text": "a\nb"})))
    assert event == {"id": "1", "event": "x", "data": '{"text":"a\\nb"}'}
