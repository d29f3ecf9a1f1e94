"""The service with one more operation, which takes a file and keeps it: for servers under test."""

from __future__ import annotations

from flask_restx import fields, reqparse
from werkzeug.datastructures import FileStorage

from service.app import create_app
from service.contract import Namespace, Resource, body_limit, parameters, public
from service.core.uploads import keep_upload, upload_path

ns = Namespace("uploads", description="Uploads.", path="/uploads")
kept = ns.model(
    "Kept",
    {
        "id": fields.String(required=True, max_length=32, description="Its id.", example="0" * 32),
        "bytes": fields.Integer(required=True, min=0, max=2**40, description="Its size.", example=1),
    },
)
form = reqparse.RequestParser()
form.add_argument("file", type=FileStorage, location="files", required=True, help="A file.")


@ns.route("")
class Uploads(Resource):
    """Uploads."""

    @public
    @body_limit(2**31)
    @ns.doc(id="keepFile")
    @ns.expect(form)
    @ns.marshal_with(kept, description="The upload")
    def post(self) -> dict[str, object]:
        """Keep a file."""
        upload_id = keep_upload(parameters().file)
        return {"id": upload_id, "bytes": upload_path(upload_id).stat().st_size}


app = create_app()
app.extensions["api"].add_namespace(ns)
app.extensions["api"].compile()
