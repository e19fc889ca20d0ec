"""The HTML pages' templates: escaped whatever is in them, with one style sheet for all."""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def rendered(name: str, **values: Any) -> str:  # noqa: ANN401  # whatever the template shows
    """A page made of a template beside this file; names that it was not given are errors.

    Raises:
        jinja2.TemplateError: it was given something that it cannot show.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template(name).render(**values)
