"""Route /api/hello: the smallest possible operation, without a database."""

from __future__ import annotations

from service.contract import Resource, parameters, public, without_sql
from service.hello.schemas import greeting_arguments, greeting_output, ns


@ns.route("")
class Hello(Resource):
    """The greeting."""

    @public
    @without_sql
    @ns.doc(id="getGreeting")
    @ns.expect(greeting_arguments)
    @ns.marshal_with(greeting_output, description="The greeting")
    def get(self) -> dict[str, str]:
        """Get a greeting."""
        return {"message": f"Hello, {parameters().name}!"}
