"""Route /api/hello: the smallest possible operation, without a database."""

from __future__ import annotations

from service.contract import Resource, no_database, parameters, public
from service.hello.schemas import greeting_arguments, greeting_output, ns


@ns.route("")
class Hello(Resource):
    """The greeting."""

    @public
    @no_database
    @ns.doc(id="getGreeting")
    @ns.expect(greeting_arguments)
    @ns.marshal_with(greeting_output, description="The greeting")
    def get(self) -> dict[str, str]:
        """Get a greeting."""
        return {"message": f"Hello, {parameters().name}!"}
