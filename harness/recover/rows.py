"""What a row of a recovery corpus says: its prompt and its answer. Pure.

Four formats are read: `messages` (a conversation: the first user turn and the answer to it; the authors keep the *last*
turn without what came before), `prompt`/`completion` (TRL's, as text or as turns), `instruction`/`input`/`output`
(Alpaca) and `question`/`answer` (GSM8K). A system turn stands before the prompt, since a prompt is asked as a user's
turn. A turn's content is text or a list of text parts; anything else is refused, so that no Python value is trained on
as text.
"""

import itertools
import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import BadInput

FORMATS = "`messages`, `prompt` and `completion`, `instruction` and `output`, or `question` and `answer`"
_KEYS = (("messages",), ("prompt", "completion"), ("instruction", "output"), ("question", "answer"))
ROLES = ("system", "developer", "user", "assistant", "tool")


def exchange_of(row: Mapping[str, Any], number: int) -> tuple[str, str]:
    """Prompt and answer of row `number`; either is empty where the row has none.

    Raises:
        BadInput: the row has none of the formats, or a value that is no text.
    """
    where, stated = f"row {number}", {key: value for key, value in row.items() if value is not None}
    if any(set(keys) <= stated.keys() for keys in _KEYS):  # files of several formats leave the other columns empty
        row = stated
    if "messages" in row:
        return _first_exchange(_turns(row["messages"], f"{where}: `messages`"))
    if "prompt" in row and "completion" in row:
        return _completed(row, where)
    if "instruction" in row and "output" in row:
        asked = [_text(row.get(key), f"{where}: `{key}`") for key in ("instruction", "input")]
        return _joined(asked), _text(row["output"], f"{where}: `output`").strip()
    if "question" in row and "answer" in row:
        return _text(row["question"], f"{where}: `question`").strip(), _text(
            row["answer"], f"{where}: `answer`"
        ).strip()
    raise BadInput(f"{where} has the keys {sorted(map(str, row))}; expected {FORMATS}")


def _completed(row: Mapping[str, Any], where: str) -> tuple[str, str]:
    asked, answered = row["prompt"], row["completion"]
    if not isinstance(asked, list) and not isinstance(answered, list):
        return _text(asked, f"{where}: `prompt`").strip(), _text(answered, f"{where}: `completion`").strip()
    turns = [*_turns(asked, f"{where}: `prompt`"), *_turns(answered, f"{where}: `completion`")]
    roles = [role for role, _ in turns if role not in ("system", "developer")]
    if roles != ["user", "assistant"]:
        raise BadInput(
            f"{where}: `prompt` and `completion` have the turns {roles}; expected one of the user and one of the "
            f"assistant, since a prompt is asked as one turn"
        )
    return _first_exchange(turns)


def _turns(messages: Any, where: str) -> list[tuple[str, str]]:  # noqa: ANN401  # JSON
    if messages is None:
        return []
    if not isinstance(messages, list):
        raise BadInput(f"{where} is {_named(messages)}; expected a list of turns with `role` and `content`")
    turns = []
    for place, turn in enumerate(messages):
        if not isinstance(turn, Mapping) or turn.get("role") not in ROLES:
            raise BadInput(
                f"{where}, turn {place} is {_named(turn)}; expected an object whose `role` is one of {', '.join(ROLES)}"
            )
        turns.append((str(turn["role"]), _text(turn.get("content"), f"{where}, turn {place}: `content`")))
    return turns


def _first_exchange(turns: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The first user turn that an assistant's follows, with the instructions before it."""
    told = []
    for place, ((role, asked), (next_role, answer)) in enumerate(itertools.pairwise(turns)):
        if role in ("system", "developer"):
            told.append(asked)
        if (role, next_role) == ("user", "assistant"):
            before = list(itertools.takewhile(lambda turn: turn[0] == "user", reversed(turns[:place])))
            return _joined([*told, *(text for _, text in reversed(before)), asked]), answer.strip()
    return "", ""


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _text(value: Any, where: str) -> str:  # noqa: ANN401  # JSON
    """A value as text: text, a number, nothing, or a list of text parts."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    if isinstance(value, list) and where.endswith("`content`"):
        return "".join(_part(part, f"{where}, part {place}") for place, part in enumerate(value))
    raise BadInput(f"{where} is {_named(value)}; expected text")


def _part(part: Any, where: str) -> str:  # noqa: ANN401  # JSON
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise BadInput(
        f"{where} is {_named(part)}; expected text or {{'type': 'text', 'text': ...}}: a text model is trained"
    )


def _named(value: Any) -> str:  # noqa: ANN401  # JSON
    return f"the {type(value).__name__} {reprlib.repr(value)}"
