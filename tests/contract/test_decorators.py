"""A declaration that cannot be kept stops the start, with a sentence that says what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask_restx
import pytest
from flask import Flask
from flask_restx import Namespace as StockNamespace
from flask_restx import Resource as StockResource
from flask_restx import fields, reqparse

from service.contract import (
    Api,
    Conflict,
    ContractError,
    Namespace,
    Resource,
    SecurityScheme,
    authenticated,
    body_optional,
    optional_auth,
    optional_auth_or_api_key,
    public,
    raises,
    response_example,
)
from service.contract.decorators import merge_documentation, operation_metadata
from service.contract.types import integer

Declare = Callable[[Namespace], None]

BEARER = SecurityScheme({"type": "http", "scheme": "bearer"}, lambda _optional: "ada")


def compile_api(*namespaces: StockNamespace, **options: Any) -> Api:
    """Bind the namespaces to a fresh application and compile what they declare."""
    api = Api(title="Test", license="MIT", **{"security_schemes": {"bearerAuth": BEARER}, **options})
    for namespace in namespaces:
        api.add_namespace(namespace)
    api.init_app(Flask(__name__))
    api.compile()
    return api


def book(ns: Namespace, **more: Any) -> Any:
    """Return a model that leaves nothing unsaid."""
    title = fields.String(required=True, max_length=9, description="Its title.", example="Emma")
    return ns.model("Book", {"title": title, **more})


def good(
    ns: Namespace, *decorators: Any, path: str = "/books", name: str = "listBooks", **more: Any
) -> type[Resource]:
    """Declare a resource that the contract accepts, with `decorators` added to its one method."""

    class Books(Resource):
        def get(self, **_variables: Any) -> Any:
            """List books."""

    method = Books.get
    for decorate in (ns.marshal_with(book(ns, **more)), ns.doc(id=name), *decorators):
        method = decorate(method)
    Books.get = method  # type: ignore[method-assign]
    ns.route(path)(Books)
    return Books


@pytest.fixture
def ns() -> Namespace:
    return Namespace("books", description="Books.", path="/api")


def test_what_is_whole_compiles(ns: Namespace) -> None:
    good(ns, public)
    assert [operation.id for operation in compile_api(ns).operations] == ["listBooks"]


class TestPolicies:
    def test_none(self, ns: Namespace) -> None:
        good(ns)
        with pytest.raises(ContractError, match=r"GET /api/books declares no authentication policy"):
            compile_api(ns)

    def test_two_that_differ(self, ns: Namespace) -> None:
        with pytest.raises(ContractError, match="two different authentication policies"):
            good(ns, public, authenticated())

    def test_unknown_scheme(self, ns: Namespace) -> None:
        good(ns, authenticated(scheme="carrierPigeon"))
        with pytest.raises(ContractError, match="carrierPigeon"):
            compile_api(ns)

    def test_unknown_scope(self, ns: Namespace) -> None:
        good(ns, authenticated(scope="books:burn"))
        key = SecurityScheme({"type": "http", "scheme": "bearer"}, str, scopes={"books:read": "Read books."})
        with pytest.raises(ContractError, match=r"GET /api/books requires the scopes \['books:burn'\]"):
            compile_api(ns, security_schemes={"bearerAuth": BEARER, "apiKeyAuth": key})

    def test_scope_is_written_beside_the_token(self) -> None:
        assert authenticated(scope="books:read")(lambda: None).__apidoc__["security"] == [
            {"bearerAuth": []},
            {"apiKeyAuth": ["books:read"]},
        ]
        assert optional_auth_or_api_key("books:read")(lambda: None).__apidoc__["security"] == [
            {},
            {"bearerAuth": []},
            {"apiKeyAuth": ["books:read"]},
        ]

    def test_permissions_add_up(self) -> None:
        def method() -> None:
            """Do nothing."""

        for may in (bool, callable):
            method = authenticated(permission=may)(method)
        assert operation_metadata(method).permissions == (bool, callable)

    def test_optional_and_public_are_written_as_restx_has_it(self) -> None:
        assert optional_auth(lambda: None).__apidoc__["security"] == [{}, {"bearerAuth": []}]
        assert public(lambda: None).__apidoc__["security"] == []


class TestRefused:
    """Each of these passes stock RESTX without a word."""

    def test_two_models_of_one_name_in_a_namespace(self, ns: Namespace) -> None:
        book(ns)
        with pytest.raises(ContractError, match="two models named 'Book'"):
            book(ns)

    def test_two_models_of_one_name_in_two_namespaces(self, ns: Namespace) -> None:
        other = Namespace("other", description="Others.", path="/other")
        good(ns, public)
        good(other, public, name="listOthers", pages=fields.Integer(min=1, max=9, description="How long."))
        with pytest.raises(ContractError, match="two different models are named 'Book'"):
            compile_api(ns, other)

    def test_stock_takes_the_last_model_of_a_name(self) -> None:
        stock = StockNamespace("stock")
        stock.model("Book", {"a": fields.String})
        stock.model("Book", {"b": fields.String})
        assert list(stock.models["Book"]) == ["b"]

    @pytest.mark.parametrize("option", ["maxlength", "formatt", "regex"])
    def test_misspelt_option(self, ns: Namespace, option: str) -> None:
        good(ns, public, extra=fields.String(max_length=3, description="More.", **{option: 3}))
        with pytest.raises(ContractError, match=rf"Book\.extra.*{option}"):
            compile_api(ns)

    def test_stock_eats_the_option(self) -> None:
        assert "format" not in fields.String(format="email").__schema__

    def test_wildcard(self, ns: Namespace) -> None:
        good(ns, public, rest=fields.Wildcard(fields.String))
        with pytest.raises(ContractError, match="Wildcard"):
            compile_api(ns)

    def test_hidden_operation(self, ns: Namespace) -> None:
        with pytest.raises(ContractError, match="hidden"):
            good(ns, public, ns.hide)

    def test_one_id_twice(self, ns: Namespace) -> None:
        class Books(Resource):
            @public
            @ns.doc(id="listBooks")
            @ns.response(204, "Nothing")
            def get(self) -> None:
                """List books."""

        ns.route("/a", "/b")(Books)
        with pytest.raises(ContractError, match="have the same operationId 'listBooks'"):
            compile_api(ns)

    def test_two_resources_at_one_path(self, ns: Namespace) -> None:
        other = Namespace("other", description="Others.", path="/api")
        for each, name in ((ns, "a"), (other, "b")):

            class Books(Resource):
                @public
                @each.doc(id=name)
                @each.response(204, "Nothing")
                def get(self) -> None:
                    """Do nothing."""

            each.route("/books", endpoint=name)(Books)
        with pytest.raises(ContractError, match="two resources are registered for GET /api/books"):
            compile_api(ns, other)

    def test_no_success(self, ns: Namespace) -> None:
        class Books(Resource):
            @public
            @ns.doc(id="a")
            def get(self) -> None:
                """Do nothing."""

        ns.route("/books")(Books)
        with pytest.raises(ContractError, match="no successful response"):
            compile_api(ns)

    def test_two_bodies(self, ns: Namespace) -> None:
        one = book(ns)
        other = ns.model("Other", {})
        good_class = type("Books", (Resource,), {})

        @public
        @ns.doc(id="a")
        @ns.expect(one)
        @ns.expect(other)
        @ns.response(204, "Nothing")
        def post(self: Any) -> None:
            """Do nothing."""

        good_class.post, good_class.methods = post, {"POST"}
        ns.route("/books")(good_class)
        with pytest.raises(ContractError, match="2 bodies"):
            compile_api(ns)

    @pytest.mark.parametrize("required", [True, None])
    def test_optional_body_that_needs_one(self, ns: Namespace, required: bool | None) -> None:
        needed = fields.String(required=True, max_length=9, description="Title.", example="Emma")
        expected = [ns.expect(ns.model("Needed", {"title": needed}))] if required else []
        good(ns, public, body_optional, *expected)
        with pytest.raises(ContractError, match="a body is optional only if there is one"):
            compile_api(ns)

    def test_limit_without_a_counter(self, ns: Namespace) -> None:
        from service.contract import rate_limited

        good(ns, public, rate_limited("login"))
        api = compile_api(ns)
        assert api.app.test_client().get("/api/books").status_code == 500

    @pytest.mark.parametrize(
        ("kind", "named"), [(ValueError, "ValueError"), (None, "every error")], ids=["one", "default"]
    )
    def test_error_handler_beside_declared_errors(self, ns: Namespace, kind: Any, named: str) -> None:
        good(ns, public)
        api = Api(Flask(__name__), title="Books")
        api.add_namespace(ns)

        def handle(_error: Exception) -> Any:
            return {}, 400

        if kind is None:
            api.errorhandler(handle)
        else:
            api.errorhandler(kind)(handle)
        with pytest.raises(ContractError, match=f"@errorhandler of {named}"):
            api.compile()

    def test_own_dispatch(self, ns: Namespace) -> None:
        class Odd(Resource):
            def dispatch_request(self, *_args: Any, **_kwargs: Any) -> Any:
                return "", 204

        ns.route("/odd")(Odd)
        with pytest.raises(ContractError, match="dispatch_request"):
            compile_api(ns)

    def test_name_of_the_layer(self, ns: Namespace) -> None:
        problem = ns.model("NotFoundProblem", {"a": fields.Boolean(required=True, description="A.")})

        class Books(Resource):
            @public
            @ns.doc(id="a")
            @ns.param("number", "A number.", _in="path", example=1)
            @ns.marshal_with(problem)
            def get(self, number: int) -> None:
                """Do nothing."""

        ns.route("/books/<int:number>")(Books)
        with pytest.raises(ContractError, match="NotFoundProblem"):
            compile_api(ns)


class TestUnsaid:
    @pytest.mark.parametrize(
        ("field", "complaint"),
        [
            (fields.String(description="X."), r"Book\.extra has no max_length"),
            (fields.String(max_length=3), r"Book\.extra has no description"),
            (fields.Float(description="X."), r"Book\.extra has no bounds"),
            (fields.List(fields.String, description="X."), r"Book\.extra\[\] has no max_length"),
        ],
    )
    def test_of_a_field(self, ns: Namespace, field: fields.Raw, complaint: str) -> None:
        good(ns, public, extra=field)
        with pytest.raises(ContractError, match=complaint):
            compile_api(ns)

    def test_of_a_parameter(self, ns: Namespace) -> None:
        parser = reqparse.RequestParser()
        parser.add_argument("page", type=integer(minimum=1, maximum=3), location="args")
        good(ns, public, ns.expect(parser))
        with pytest.raises(ContractError, match="'page' has no description"):
            compile_api(ns)

    def test_of_a_path(self, ns: Namespace) -> None:
        good(ns, public, path="/<string:word>")
        with pytest.raises(ContractError, match="'word' has no example"):
            compile_api(ns)

    def test_of_an_operation(self, ns: Namespace) -> None:
        made = good(ns, public, name="List-Books")
        made.get.__doc__ = None
        ns.description = None
        with pytest.raises(ContractError) as refused:
            compile_api(ns)
        assert "not lowerCamelCase" in str(refused.value)
        assert "namespace has no description" in str(refused.value)

    def test_of_a_body(self, ns: Namespace) -> None:
        given = ns.model(
            "NewBook", {"title": fields.String(required=True, max_length=3, description="Its title.")}
        )
        good(ns, public, ns.expect(given))
        with pytest.raises(ContractError, match="its body has no example"):
            compile_api(ns)

    def test_of_an_answer(self, ns: Namespace) -> None:
        good(ns, public, year=fields.Integer(required=True, min=1, max=9999, description="Its year."))
        with pytest.raises(ContractError, match="its 200 has no example"):
            compile_api(ns)

    def test_of_a_list_of_nothing(self, ns: Namespace) -> None:
        year = fields.Integer(required=True, min=1, max=9999, description="The year.")
        good(ns, public, ns.marshal_list_with(ns.model("Year", {"year": year})))
        with pytest.raises(ContractError, match="its 200 has no example"):
            compile_api(ns)

    def test_of_an_example_that_is_none(self, ns: Namespace) -> None:
        year = fields.Integer(required=True, min=1, max=9999, description="Its year.", example=0)
        good(ns, public, year=year)
        with pytest.raises(ContractError, match="the example of its 200 is invalid: /year: 0 is less than"):
            compile_api(ns)

    def test_of_an_example_that_differs(self, ns: Namespace) -> None:
        good(ns, public, response_example(title=1))
        with pytest.raises(ContractError, match="the example of its 200 is invalid: /title: 1 is not"):
            compile_api(ns)


class TestStock:
    """RESTX's own rules hold for a namespace of RESTX."""

    def namespace(self, **documentation: Any) -> StockNamespace:
        stock = StockNamespace("stock", path="/stock")

        @stock.route("/things")
        class Things(StockResource):
            @stock.doc(**documentation)
            def get(self) -> Any:
                return {"seen": True}

            @stock.hide
            def post(self) -> Any:
                return {"hidden": True}, 201

        return stock

    AUTHORIZATIONS = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "basic": {"type": "basic"}}  # noqa: RUF012

    def test_security_of_the_api(self) -> None:
        api = compile_api(self.namespace(), authorizations=self.AUTHORIZATIONS, security="key")
        client = api.app.test_client()
        assert client.get("/stock/things").status_code == 401
        assert client.get("/stock/things", headers={"X-Key": "1"}).json == {"seen": True}
        assert api.document["components"]["securitySchemes"]["basic"] == {"type": "http", "scheme": "basic"}

    def test_security_of_the_method_wins(self) -> None:
        api = compile_api(self.namespace(security=[]), authorizations=self.AUTHORIZATIONS, security="key")
        assert api.app.test_client().get("/stock/things").status_code == 200

    def test_one_of_two_is_enough(self) -> None:
        api = compile_api(self.namespace(security=["basic", "key"]), authorizations=self.AUTHORIZATIONS)
        client = api.app.test_client()
        assert client.get("/stock/things", headers={"Authorization": "Basic YTpi"}).status_code == 200
        assert client.get("/stock/things", headers={"X-Key": "1"}).status_code == 200
        assert client.get("/stock/things").status_code == 401

    def test_unknown_scheme_is_refused(self) -> None:
        with pytest.raises(ContractError, match="key"):
            compile_api(self.namespace(security="key"))

    def test_hidden_method_works_and_is_not_documented(self) -> None:
        api = compile_api(self.namespace())
        assert api.app.test_client().post("/stock/things").json == {"hidden": True}
        assert set(api.document["paths"]["/stock/things"]) == {"get"}

    def test_namespace_added_later_is_served(self) -> None:
        api = compile_api()
        api.add_namespace(self.namespace())
        assert api.app.test_client().get("/stock/things").json == {"seen": True}
        assert "/stock/things" in api.document["paths"]

    def test_stock_document_needs_a_request(self) -> None:
        app = Flask(__name__)
        stock = flask_restx.Api(app)
        with app.app_context():
            assert stock.__schema__ == {"error": "Unable to render schema"}

    def test_blueprint(self) -> None:
        from flask import Blueprint

        app, pages = Flask(__name__), Blueprint("v1", __name__, url_prefix="/v1")
        api = Api(pages, title="Test", license="MIT")
        api.add_namespace(self.namespace())
        app.register_blueprint(pages)
        assert app.test_client().get("/v1/stock/things").json == {"seen": True}
        assert list(api.document["paths"]) == ["/v1/stock/things"]


def test_expectations_add_up() -> None:
    assert merge_documentation({"expect": [1]}, {"expect": [2]}) == {"expect": [2, 1]}


def test_codes_of_raises_add_up() -> None:
    class One(Conflict):
        """One."""

        code = "ONE_OF_DECLARATIONS"

    assert operation_metadata(raises(One)(raises(Conflict)(lambda: None))).problems == (Conflict, One)


class TestMarshallersOfAnswers:
    """What a method may return where the declared answer is not a model of RESTX."""

    def answered(self, ns: Namespace, method: Callable[..., Any], *decorators: Any) -> Any:
        made = type("Things", (Resource,), {"get": method, "methods": {"GET"}})
        for decorate in (ns.doc(id="getThings"), public, *decorators):
            made.get = decorate(made.get)
        ns.route("/things")(made)
        return compile_api(ns).app.test_client().get("/api/things")

    def test_schema_model(self, ns: Namespace) -> None:
        schema = {"type": "object", "properties": {"a": {"type": "boolean", "description": "A."}}}
        model = ns.schema_model("Free", schema)

        def get(_self: Any) -> Any:
            """Read."""
            return {"a": True}

        assert self.answered(ns, get, ns.marshal_with(model)).json == {"a": True}

    def test_field(self, ns: Namespace) -> None:
        def get(_self: Any) -> Any:
            """Read."""
            return "7"

        field = fields.Integer(min=1, max=9, description="A number.", required=True, example=7)
        assert self.answered(ns, get, ns.marshal_with(field)).json == 7

    def test_own_media_type_needs_a_response(self, ns: Namespace) -> None:
        from flask import Response

        from service.contract import produces

        def text(_self: Any) -> Any:
            """Read."""
            return Response("a,b", content_type="text/csv")

        answer = self.answered(ns, text, produces("text/csv"), ns.response(200, "Rows"))
        assert (answer.text, answer.content_type) == ("a,b", "text/csv")

    def test_anything_else_for_it_is_a_bug(self, ns: Namespace) -> None:
        from service.contract import produces

        def get(_self: Any) -> Any:
            """Read."""
            return {"a": 1}

        assert self.answered(ns, get, produces("text/csv"), ns.response(200, "Rows")).status_code == 500

    @pytest.mark.parametrize("asked", ["payload", "parameters"])
    def test_asking_for_what_was_not_declared(self, ns: Namespace, asked: str) -> None:
        from service import contract

        def get(_self: Any) -> Any:
            """Read."""
            return getattr(contract, asked)()

        assert self.answered(ns, get, ns.response(204, "Nothing")).status_code == 500

    def test_asking_outside_of_an_operation(self) -> None:
        from service.contract import payload

        with Flask(__name__).app_context(), pytest.raises(RuntimeError, match="no operation"):
            payload()
