"""The application of the Flask-RESTX manual, with what its other chapters teach: knows nothing of the contract."""

from flask import Flask
from flask_restx import Api, Namespace, Resource, fields, inputs, reqparse

app = Flask(__name__)
api = Api(app, version="1.0", title="TodoMVC API", description="A simple TodoMVC API")
ns = Namespace("todos", description="TODO operations")

owner = ns.model("Owner", {"name": fields.String(required=True, max_length=40), "email": fields.String})
todo = ns.model(
    "Todo",
    {
        "id": fields.Integer(readonly=True, description="The task unique identifier"),
        "task": fields.String(required=True, description="The task details", max_length=200),
        "owner": fields.Nested(owner, allow_null=True),
        "labels": fields.List(fields.String),
        "priority": fields.Integer(min=0, exclusiveMin=True, max=5),
        "due": fields.Date(description="The day on which it is due"),
        "done": fields.Boolean(default=False),
        "uri": fields.Url("todos_todo", readonly=True),
    },
)

finder = reqparse.RequestParser()
finder.add_argument(
    "limit", type=inputs.int_range(1, 100), location="args", default=10, help="How many tasks"
)
finder.add_argument("done", type=inputs.boolean, location="args", help="Only those that are done, or not")
finder.add_argument("sort", choices=("id", "task"), location="args", default="id", help="By what")


class TodoDAO:
    """The manual's store: in memory."""

    def __init__(self):
        self.counter = 0
        self.todos = []

    def get(self, id):
        for found in self.todos:
            if found["id"] == id:
                return found
        return ns.abort(404, f"Todo {id} doesn't exist")

    def create(self, data):
        self.counter += 1
        made = {**data, "id": self.counter}
        self.todos.append(made)
        return made

    def update(self, id, data):
        found = self.get(id)
        found.update(data)
        return found

    def delete(self, id):
        self.todos.remove(self.get(id))


DAO = TodoDAO()
DAO.create({"task": "Build an API"})
DAO.create({"task": "?????", "owner": {"name": "Ada"}})
DAO.create({"task": "profit!", "due": "2026-11-21", "done": True})


@ns.route("/")
class TodoList(Resource):
    """Shows a list of all todos, and lets you POST to add new tasks."""

    @ns.doc("list_todos")
    @ns.expect(finder, validate=True)
    @ns.marshal_list_with(todo)
    def get(self):
        """List all tasks"""
        args = finder.parse_args()
        found = [each for each in DAO.todos if args["done"] in (None, each.get("done", False))]
        return sorted(found, key=lambda each: each[args["sort"]])[: args["limit"]]

    @ns.doc("create_todo")
    @ns.expect(todo, validate=True)
    @ns.marshal_with(todo, code=201)
    def post(self):
        """Create a new task"""
        return DAO.create(ns.payload), 201


@ns.route("/<int:id>")
@ns.doc(responses={404: "Todo not found"})
@ns.param("id", "The task identifier")
class Todo(Resource):
    """Show a single todo item, and let it be changed and deleted."""

    @ns.doc("get_todo")
    @ns.marshal_with(todo)
    def get(self, id):
        """Fetch a given resource"""
        return DAO.get(id)

    @ns.doc("delete_todo", responses={204: "Todo deleted"})
    def delete(self, id):
        """Delete a task given its identifier"""
        DAO.delete(id)
        return "", 204

    @ns.expect(todo, validate=True)
    @ns.marshal_with(todo)
    def put(self, id):
        """Update a task given its identifier"""
        return DAO.update(id, ns.payload)


api.add_namespace(ns)
