"""Forms with files: their limit, what is written where, and what is left of a request that fails."""

from __future__ import annotations

import io
import tracemalloc
from contextlib import contextmanager

import pytest
from flask import Flask
from flask_restx import fields, reqparse
from werkzeug.datastructures import FileStorage

from service.contract import (
    Api,
    ContractError,
    FileReceiver,
    Namespace,
    Problem,
    Resource,
    ServiceUnavailable,
    body_limit,
    no_database,
    parameters,
    payload,
    public,
)
from service.contract.types import string
from tests.contract.sample_app import checked_client

LIMIT_BYTES = 100_000
BOUNDARY = "b"
FORM = {"content_type": f"multipart/form-data; boundary={BOUNDARY}"}


class DiskFull(Problem):
    """There is no space for the file."""

    status = 507
    code = "DISK_FULL"


class Busy(ServiceUnavailable):
    """Too many files are being received."""

    code = "BUSY"


class File(io.BytesIO):
    """A file that knows how large the pieces were."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.largest_write = 0

    def write(self, data):
        self.largest_write = max(self.largest_write, len(data))
        if self.folder.free_bytes < self.tell() + len(data):
            raise DiskFull
        return super().write(data)


class Folder:
    """The files that were opened, and the receiver that opens them."""

    def __init__(self):
        self.files = []
        self.free_bytes = 10**12
        self.is_busy = False
        self.read = None

    @contextmanager
    def receive(self):
        if self.is_busy:
            raise Busy
        try:
            yield self.open_file
        except BaseException:
            for file in self.files:
                file.close()
            raise

    def open_file(self):
        self.files.append(File(self))
        return self.files[-1]


def create_app(folder, *, limit_bytes=LIMIT_BYTES, **options):
    ns = Namespace("files", description="Files.", path="/files")
    size = ns.model(
        "Size", {"bytes": fields.Integer(required=True, min=0, max=10**9, description="Its size.", example=1)}
    )
    note = ns.model(
        "Note",
        {"text": fields.String(required=True, max_length=10**6, description="Its text.", example="Hello")},
    )
    form = reqparse.RequestParser()
    form.add_argument("file", type=FileStorage, location="files", required=True, help="A file.")
    form.add_argument("title", type=string(max_length=10), location="form", help="Its title.")
    many = reqparse.RequestParser()
    many.add_argument("file", type=FileStorage, location="files", action="append", help="Files.")

    @ns.route("")
    class Files(Resource):
        @public
        @no_database
        @body_limit(limit_bytes, "files")
        @ns.doc(id="uploadFile")
        @ns.expect(form)
        @ns.marshal_with(size, description="Its size")
        def post(self):
            """Upload a file."""
            folder.read = parameters().file.read()
            return {"bytes": len(folder.read)}

    @ns.route("/many")
    class Many(Resource):
        @public
        @no_database
        @ns.doc(id="uploadFiles")
        @ns.expect(many)
        @ns.marshal_with(size, description="Their size")
        def post(self):
            """Upload files."""
            return {"bytes": sum(len(file.read()) for file in parameters().file or ())}

    @ns.route("/notes")
    class Notes(Resource):
        @public
        @no_database
        @body_limit(limit_bytes)
        @ns.doc(id="writeNote")
        @ns.expect(note)
        @ns.marshal_with(size, description="Its size")
        def post(self):
            """Write a note."""
            return {"bytes": len(payload()["text"])}

    app = Flask(__name__)
    app.config.update(PROPAGATE_EXCEPTIONS=False, MAX_CONTENT_LENGTH=1000)
    receiver = FileReceiver(folder.receive, (Busy, DiskFull))
    api = Api(title="Files", license="MIT", max_body_bytes=1000, file_receiver=receiver, **options)
    api.add_namespace(ns)
    api.init_app(app, add_specs=False)
    api.compile()
    app.extensions["api"] = api
    return app


@pytest.fixture
def folder():
    return Folder()


@pytest.fixture
def app(folder):
    return create_app(folder)


@pytest.fixture
def client(app):
    return checked_client(app)


def part(content=b"hello", *, name="file", filename='"a.txt"'):
    disposition = f"form-data; name={name}" + (f"; filename={filename}" if filename is not None else "")
    return (
        f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode("utf-8", "surrogateescape")
        + content
        + b"\r\n"
    )


END = f"--{BOUNDARY}--\r\n".encode()


def upload(client, *parts, path="/files"):
    return client.post(path, data=b"".join(parts) + END, **FORM)


def of_size(body_bytes):
    """Return the body of a request with one file that is `body_bytes` long in all."""
    return part(b"x" * (body_bytes - len(part(b"") + END))) + END


def chunked(body):
    """Return the options of a request without Content-Length whose server ends the stream, as gunicorn does."""
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    environ["CONTENT_TYPE"] = FORM[
        "content_type"
    ]  # Werkzeug's client would make a form and a boundary of its own
    return {"headers": {"Transfer-Encoding": "chunked"}, "environ_overrides": environ}


class EndlessUpload(io.RawIOBase):
    """The body of a request whose file never ends, or is very long; it knows how much of it was read."""

    def __init__(self, ends_after_bytes=None):
        self.start, self.end = part(b"")[:-2], b"\r\n" + END
        self.ends_after_bytes = ends_after_bytes
        self.read_bytes = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.ends_after_bytes is not None and self.read_bytes > self.ends_after_bytes:
            data, self.end = self.end, b""
        else:
            start, self.start = self.start[: len(buffer)], self.start[len(buffer) :]
            data = start.ljust(len(buffer), b"x")
        buffer[: len(data)] = data
        self.read_bytes += len(data)
        return len(data)


class Sink(io.RawIOBase):
    """A file that holds nothing."""

    def write(self, data):
        return len(data)

    def seek(self, _offset):
        return 0

    def read(self, _size=-1):
        return b""


class TestDocument:
    def test_states_the_limit_and_every_error(self, app):
        operation = app.extensions["api"].document["paths"]["/files"]["post"]
        assert operation["requestBody"]["x-max-body-bytes"] == LIMIT_BYTES
        assert str(LIMIT_BYTES) in operation["responses"]["413"]["description"]
        assert sorted(operation["responses"]) == ["200", "400", "408", "413", "415", "503", "507"]

    def test_is_the_same_whatever_the_limit_of_the_server(self, folder, app):
        low = create_app(folder, max_upload_bytes=5_000)
        assert low.extensions["api"].document_bytes == app.extensions["api"].document_bytes

    def test_forms_without_a_limit_of_their_own_declare_413_and_415(self, app):
        operation = app.extensions["api"].document["paths"]["/files/many"]["post"]
        assert "x-max-body-bytes" not in operation["requestBody"]
        assert {"413", "415"} <= set(operation["responses"])

    def test_a_limit_needs_a_body(self):
        ns = Namespace("x", description="X.")

        @ns.route("/x")
        class Unlimited(Resource):
            @public
            @body_limit(5)
            @ns.response(204, "Done")
            def post(self):
                """Do it."""

        api = Api(title="X")
        api.add_namespace(ns)
        api.init_app(Flask(__name__))
        with pytest.raises(ContractError, match="body that it does not have"):
            api.compile()
        with pytest.raises(ContractError, match="at least one byte"):
            body_limit(0)


class TestLimit:
    @pytest.mark.parametrize("way", ["announced", "chunked"])
    def test_is_of_the_whole_body(self, client, folder, way):
        def sent(body_bytes):
            body = of_size(body_bytes)
            options = {"data": body, **FORM} if way == "announced" else chunked(io.BytesIO(body))
            return client.post("/files", **options)

        assert sent(LIMIT_BYTES).status_code == 200
        refused = sent(LIMIT_BYTES + 1)
        assert refused.status_code == 413
        assert refused.json["detail"] == f"The body is larger than {LIMIT_BYTES} bytes."
        assert all(file.closed for file in folder.files)

    def test_too_large_by_its_own_account_is_not_read(self, client, folder):
        body = EndlessUpload()
        options = chunked(body)
        options["environ_overrides"]["CONTENT_LENGTH"] = str(LIMIT_BYTES + 1)
        del options["headers"]
        assert client.post("/files", **options).status_code == 413
        assert (body.read_bytes, folder.files) == (0, [])

    def test_of_an_endless_body_no_more_is_read(self, client, folder):
        body = EndlessUpload()
        assert client.post("/files", **chunked(body)).status_code == 413
        assert body.read_bytes <= LIMIT_BYTES + 1
        assert [file.closed for file in folder.files] == [True]

    def test_an_operator_can_lower_it(self, folder):
        client = checked_client(create_app(folder, max_upload_bytes=5_000))
        assert client.post("/files", data=of_size(5_000), **FORM).status_code == 200
        refused = client.post("/files", data=of_size(5_001), **FORM)
        assert (refused.status_code, refused.json["detail"]) == (413, "The body is larger than 5000 bytes.")

    def test_an_operator_can_lower_it_by_name(self, folder):
        client = checked_client(create_app(folder, body_limits={"files": 5_000, "others": 10}))
        assert client.post("/files", data=of_size(5_000), **FORM).status_code == 200
        assert client.post("/files", data=of_size(5_001), **FORM).status_code == 413
        assert client.post("/files/notes", json={"text": "x" * 6_000}).status_code == 200

    def test_an_operator_cannot_raise_it(self, folder):
        client = checked_client(create_app(folder, max_upload_bytes=10**9))
        assert client.post("/files", data=of_size(LIMIT_BYTES + 1), **FORM).status_code == 413

    def test_other_forms_have_the_limit_of_the_api(self, client):
        assert client.post("/files/many", data=of_size(1000), **FORM).status_code == 200
        assert client.post("/files/many", data=of_size(1001), **FORM).status_code == 413

    def test_holds_for_json_too(self, client):
        length = LIMIT_BYTES - len('{"text": ""}')
        assert client.post("/files/notes", json={"text": "x" * length}).json == {"bytes": length}
        assert client.post("/files/notes", json={"text": "x" * (length + 1)}).status_code == 413


class TestFiles:
    def test_content_arrives_byte_for_byte(self, client, folder):
        content = bytes(range(256)) * 300 + b"\r\n--bb\r\n--"
        assert upload(client, part(content)).json == {"bytes": len(content)}
        assert folder.read == content

    def test_is_closed_when_the_request_is_over(self, client, folder):
        upload(client, part())
        assert [file.closed for file in folder.files] == [True]

    def test_memory_does_not_grow_with_the_file(self, folder):
        folder.open_file = Sink
        client = create_app(folder, limit_bytes=10**9).test_client()
        body = EndlessUpload(ends_after_bytes=50_000_000)
        tracemalloc.start()
        try:
            assert client.post("/files", **chunked(body)).json == {"bytes": 0}
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert body.read_bytes > 50_000_000
        assert peak_bytes < 2_000_000  # a few pieces of 64 KiB

    def test_several_files_where_they_are_declared(self, client, folder):
        assert upload(client, part(), part(b"abc"), path="/files/many").json == {"bytes": 8}
        assert len(folder.files) == 2

    @pytest.mark.parametrize(
        "filename",
        [
            '"../../etc/passwd"',
            r'"C:\\Windows\\x"',
            '"a\u202egpj.exe"',
            '"nul\x00byte"',
            f'"{"n" * 4000}"',
            '"%00.zip"',
            '"a\'; DROP TABLE posts"',
        ],
        ids=ascii,
    )
    def test_name_decides_nothing(self, client, folder, filename):
        assert upload(client, part(filename=filename)).json == {"bytes": 5}
        assert len(folder.files) == 1

    def test_a_second_file_is_not_kept_anywhere(self, client, folder):
        refused = upload(client, part(), part(b"x" * 50_000))
        assert refused.status_code == 400
        assert [(error["parameter"], error["code"]) for error in refused.json["errors"]] == [
            ("file", "REPEATED")
        ]
        assert [file.closed for file in folder.files] == [True]

    def test_files_of_other_fields_are_refused_with_everything_else(self, client, folder):
        refused = upload(client, part(name="upload"), part(b"much too long", name="title", filename=None))
        assert [(error["parameter"], error["code"]) for error in refused.json["errors"]] == [
            ("upload", "UNKNOWN_PARAMETER"),
            ("file", "REQUIRED"),
            ("title", "TOO_LONG"),
        ]
        assert all(file.closed for file in folder.files)

    @pytest.mark.parametrize("filename", [None, '""'])
    def test_a_field_without_a_file_is_none(self, client, filename):
        refused = upload(client, part(b"", filename=filename))
        assert [(error["parameter"], error["code"]) for error in refused.json["errors"]] == [
            ("file", "REQUIRED")
        ]

    def test_an_empty_file_is_one(self, client):
        assert upload(client, part(b"")).json == {"bytes": 0}


class TestBrokenForms:
    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (part() + END, "multipart/form-data"),
            (part() + END, "multipart/form-data; boundary="),
            (part() + END, "multipart/form-data; boundary=\u00e9"),
            (part() + END, "multipart/form-data; boundary=other"),
            (b"", "multipart/form-data; boundary=b"),
            (b"hello", "multipart/form-data; boundary=b"),
            (part(filename='"\udcff"') + END, "multipart/form-data; boundary=b"),
        ],
        ids=ascii,
    )
    def test_are_400_and_leave_nothing(self, client, folder, body, content_type):
        refused = client.post("/files", data=body, content_type=content_type)
        assert (refused.status_code, refused.json["code"]) == (400, "INVALID_INPUT")
        assert all(file.closed for file in folder.files)

    def test_another_media_type_is_415(self, client):
        assert client.post("/files", json={}).status_code == 415

    def test_a_form_that_ends_too_early_is_never_taken_for_a_whole_one(self, client, folder):
        whole = part(b"hello") + part(b"title", name="title", filename=None) + END.rstrip()
        for length in range(len(whole)):
            response = client.post("/files", **chunked(io.BytesIO(whole[:length])))
            assert response.status_code == 400, whole[:length]
        assert client.post("/files", **chunked(io.BytesIO(whole))).status_code == 200
        assert all(file.closed for file in folder.files)

    @pytest.mark.parametrize(
        ("error", "status"),
        [(ConnectionResetError, 400), (OSError("bad chunk"), 400), (TimeoutError, 408)],
        ids=str,
    )
    def test_a_connection_that_breaks_leaves_nothing(self, client, folder, error, status):
        class Broken(EndlessUpload):
            def readinto(self, buffer):
                if self.read_bytes > 50_000:
                    raise error
                return super().readinto(buffer)

        assert client.post("/files", **chunked(Broken())).status_code == status
        assert [file.closed for file in folder.files] == [True]

    @pytest.mark.parametrize(
        "body",
        [
            part(b"x" * 600_000, name="title", filename=None) + END,
            part(b"x", name="title", filename=None) * 1_001 + END,
        ],
        ids=["long field", "many fields"],
    )
    def test_fields_have_limits_of_their_own(self, folder, body):
        client = checked_client(create_app(folder, limit_bytes=10**6))
        refused = client.post("/files", data=body, **FORM)
        assert refused.status_code == 413
        assert "500000 bytes, or more than 1000 parts" in refused.json["detail"]


class TestReceiver:
    def test_a_full_disk_is_an_answer_and_leaves_nothing(self, client, folder):
        folder.free_bytes = 40_000
        refused = upload(client, part(b"x" * 90_000))
        assert (refused.status_code, refused.json["code"]) == (507, "DISK_FULL")
        assert [file.closed for file in folder.files] == [True]

    def test_may_refuse_before_anything_is_read(self, client, folder):
        folder.is_busy = True
        body = EndlessUpload()
        refused = client.post("/files", **chunked(body))
        assert (refused.status_code, refused.json["code"]) == (503, "BUSY")
        assert refused.headers["Retry-After"]
        assert body.read_bytes == 0
