"""How a resident model is asked in turns: by its own chat template, by a given one, or plainly where it has none."""

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.applied import MENDED
from harness.text.form import PLAIN, Form, form_for, in_form
from harness.text.template import tried

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def asked_in(loaded: "LoadedModel", given: Form | None = None) -> "LoadedModel":
    """The model as it is asked in turns; `given` replaces its own template.

    Raises:
        BadInput: the template cannot be used.
    """
    form = form_for(loaded.tokenizer, given)
    if form is not None:
        loaded = replace(loaded, tokenizer=in_form(loaded.tokenizer, form), form=form.name)
    try:
        tried(loaded.tokenizer)
    except BadInput as error:
        what = "" if given is None else f"--chat-template {given.name}: "
        said = str(error) if given is None else str(error).replace(MENDED, "mend that file")
        raise BadInput(f"--model {loaded.reference.text}: {what}{said}") from error
    return loaded


def said_of(loaded: "LoadedModel") -> str | None:
    """What a user is told before a model without a template is asked."""
    if loaded.form != PLAIN:
        return None
    return (
        f"{loaded.label} is asked in a plain Question:/Answer: form, as a base model is; where it was trained to chat, "
        f"give its template (--chat-template FILE)"
    )
