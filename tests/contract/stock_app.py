"""A Flask-RESTX application as its manual teaches to write one. It knows nothing of the contract layer.

Models, `expect`, `marshal_with`, `marshal_list_with`, nested and inherited models, a request parser, `abort`, several
URLs, documentation by decorator and by `:param`; and things that stock RESTX gets wrong.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask_restx import Namespace, Resource, fields, inputs, reqparse

todos = Namespace("todos", description="TODO operations", path="/todos")

person = todos.model("Person", {"name": fields.String, "age": fields.Integer(min=0, exclusiveMin=True)})
todo = todos.model(
    "Todo",
    {
        "id": fields.Integer(readonly=True, description="The task unique identifier"),
        "task": fields.String(required=True, description="The task details"),
        "owner": fields.Nested(person, allow_null=True),
        "labels": fields.List(fields.String),
        "due": fields.DateTime(description="When it is due"),
        "price": fields.Fixed(decimals=2),
        "uri": fields.Url("todos_todo_resource"),
    },
)
detailed = todos.inherit(
    "DetailedTodo", todo, {"task": fields.String(required=True, max_length=7), "notes": fields.String}
)

finder = todos.parser()
finder.add_argument("limit", type=int, location="args", help="How many")
finder.add_argument("open", type=inputs.boolean, location="args")
finder.add_argument("sort", choices=("id", "task"), location="args", default="id")

rate_parser = reqparse.RequestParser()
rate_parser.add_argument("rate", type=int, required=True, help="Rate to charge for this resource")
rate_parser.add_argument("note")


class TodoDAO:
    """The manual's in-memory store."""

    def __init__(self) -> None:
        self.counter = 0
        self.todos: list[dict] = []

    def get(self, number: int) -> dict:
        """Return a task or abort."""
        for found in self.todos:
            if found["id"] == number:
                return found
        todos.abort(404, f"Todo {number} doesn't exist")
        raise AssertionError

    def create(self, data: dict) -> dict:
        """Store a task."""
        self.counter += 1
        made = {**data, "id": self.counter, "due": datetime(2026, 11, 21, 12, tzinfo=UTC), "price": 3}
        self.todos.append(made)
        return made


DAO = TodoDAO()


@todos.route("/")
class TodoList(Resource):
    """Shows a list of all todos, and lets you POST to add new tasks."""

    @todos.doc("list_todos")
    @todos.expect(finder)
    @todos.marshal_list_with(todo)
    def get(self):
        """List all tasks"""
        args = finder.parse_args()
        return DAO.todos[: args["limit"]]

    @todos.doc("create_todo")
    @todos.expect(todo)
    @todos.marshal_with(todo, code=201)
    def post(self):
        """Create a new task"""
        return DAO.create(todos.payload), 201


@todos.route("/<int:id>")
@todos.response(404, "Todo not found")
@todos.param("id", "The task identifier")
class TodoResource(Resource):
    """Show a single todo item and lets you delete them."""

    @todos.doc("get_todo")
    @todos.marshal_with(todo)
    def get(self, id):
        """Fetch a given resource"""
        return DAO.get(id)

    @todos.doc("delete_todo")
    @todos.response(204, "Todo deleted")
    def delete(self, id):
        """Delete a task given its identifier"""
        DAO.todos.remove(DAO.get(id))
        return "", 204

    @todos.expect(todo, validate=True)
    @todos.marshal_with(todo)
    def put(self, id):
        """Update a task given its identifier"""
        found = DAO.get(id)
        found.update(todos.payload)
        return found


@todos.route("/details", "/all-details")
class Details(Resource):
    """One class at two addresses: stock RESTX gives both operations the same id."""

    @todos.expect([detailed])
    @todos.marshal_list_with(detailed)
    def post(self):
        """Echo detailed tasks"""
        return [{**found, "id": number} for number, found in enumerate(todos.payload)]


@todos.route("/rates")
class Rates(Resource):
    """A parser that nobody told where to look."""

    @todos.expect(rate_parser, validate=True)
    def post(self):
        """Set the rate"""
        return {"rate": rate_parser.parse_args()["rate"]}


@todos.route("/legacy")
class Legacy(Resource):
    """Errors in the ways that old code returns them."""

    @todos.param("how", "Which way", enum=["tuple", "abort", "crash", "list"])
    def get(self):
        """Fail"""
        from flask import request

        how = request.args.get("how")
        if how == "tuple":
            return {"message": "Gone fishing"}, 410
        if how == "abort":
            todos.abort(409, "Already there", errors={"task": "taken"})
        if how == "crash":
            raise RuntimeError("secret of the driver")
        return ["anything", {"at": datetime(2026, 1, 1)}]  # noqa: DTZ001 - naive, as old code has it
