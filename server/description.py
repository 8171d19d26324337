"""What the service says of itself: its description, its statistics and its examples, as RDF."""

from flask import Response

from .formats import Format
from .problems import Problem


def service_description(choice: Format) -> Response:
    """The service description in the format chosen."""
    raise Problem(501, "not-implemented", f"No description as {choice.name} yet.")
