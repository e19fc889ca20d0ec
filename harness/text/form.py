"""The form in which a model is asked in turns, where that is not its own chat template.

A base model has no template. It is asked in a plain one, `Question: ...` and `Answer:` on lines of their own, which it
goes on with as with any text; its answer ends where it would write a next question (`text.ends`). A line begins behind
`Answer:`, so that an answer's first token is the same whether it is written, scored or learned. A form is a template
like any other: it is tried out, bounded, and shows in every prompt's token ids.
"""

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PLAIN = "plain"
"""What `--chat-template` calls the form for base models."""
_PLAIN = (
    "{% for message in messages %}"
    "{{ 'Answer:\n' if message.role == 'assistant' else 'Question: ' }}{{ message.content | trim }}"
    "{{ '\n\n' if message.role == 'assistant' else '\n' }}"
    "{% endfor %}"
    "{{ 'Answer:\n' if add_generation_prompt else '' }}"
)
_LONGEST = 1_000_000  # bytes; the longest templates of the hub have some 20,000


@dataclass(frozen=True)
class Form:
    """A chat template that is not the model's own."""

    name: str
    """As a row says it: `plain`, or a file's name and a hash of what is in it."""
    template: str
    """Jinja."""


def parse_form(text: str) -> Form:
    """The form that `--chat-template` names.

    Raises:
        BadInput: it names no file that can be read as text.
    """
    if text == PLAIN:
        return Form(PLAIN, _PLAIN)
    path = Path(text)
    if not path.is_file():
        raise BadInput(
            f"--chat-template {text}: there is no such file; expected `{PLAIN}` or a file with a Jinja template"
        )
    try:
        if path.stat().st_size > _LONGEST:
            raise BadInput(
                f"--chat-template {text}: {path.stat().st_size:,} bytes; expected a template, of at most {_LONGEST:,}"
            )
        template = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--chat-template {text}: cannot be read ({error}); expected a text file in UTF-8") from error
    if not template.strip():
        raise BadInput(f"--chat-template {text}: the file is empty; expected a Jinja template that renders turns")
    return Form(f"{path.name}:{hashlib.sha256(template.encode()).hexdigest()[:8]}", template)


def form_for(tokenizer: "PreTrainedTokenizerBase", given: Form | None) -> Form | None:
    """The form in which a model is asked: the given one, else plain where it has no template; None: its own."""
    return given or (None if tokenizer.chat_template else parse_form(PLAIN))


def in_form(tokenizer: "PreTrainedTokenizerBase", form: Form) -> "PreTrainedTokenizerBase":
    """A copy of the tokenizer that asks in this form; what is saved of a model keeps its own."""
    other = copy.deepcopy(tokenizer)
    other.chat_template = form.template
    return other
