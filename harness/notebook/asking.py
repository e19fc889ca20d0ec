"""A model that is asked from Python, as the command line asks it."""

from pathlib import Path
from typing import TYPE_CHECKING

from harness import progress
from harness.arguments import (
    require_data,
    require_folder,
    require_model,
    require_seed,
    require_some,
    told_form,
)
from harness.errors import BadInput
from harness.models.reference import tier_of
from harness.tasks.source import source_of

if TYPE_CHECKING:
    from harness.subject import Subject

STORE = Path(".store")
"""Where answers are kept, as of the commands."""


def text_of(name: str, given: object) -> str:
    """A reference as text.

    Raises:
        BadInput: it is neither a text nor a path.
    """
    if not isinstance(given, str | Path):
        raise BadInput(f"{name}={given!r}: expected a text or a path, such as 'tiny' or a model's folder")
    return str(given)


def path_of(name: str, given: object) -> Path:
    """A path.

    Raises:
        BadInput: it is neither a text nor a path.
    """
    return Path(text_of(name, given))


def require_kinds(**given: tuple[object, type]) -> None:
    """Refuse values of another kind than an argument's; None is every argument's, True and False are no numbers.

    Raises:
        BadInput: there is one.
    """
    for name, (value, kind) in given.items():
        fits = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if value is not None and not fits:
            expected = {int: "a whole number", float: "a number", str: "a text"}[kind]
            raise BadInput(f"{name}={value!r}: expected {expected}")


def subject_of(
    model: str | Path, data: str | Path | None, limit: int | None, store: str | Path, dtype: str | None, seed: int = 0
) -> "Subject":
    """The model that a reference names, with its data, limit and store.

    Raises:
        BadInput: one of them cannot be used.
    """
    from harness.models.load import device, load_model
    from harness.subject import Subject

    require_kinds(limit=(limit, int), seed=(seed, int), dtype=(dtype, str))
    folder, model = (None if data is None else path_of("data", data)), text_of("model", model)
    require_some("limit", limit, "items")
    require_seed(seed)
    require_data(folder)
    require_model(model)
    require_folder("store", path_of("store", store))
    tier = tier_of(model, "gpu" if device() == "cuda" else "small")
    loaded = told_form(load_model(model, dtype=dtype), None)
    source = source_of(tier, folder)
    return Subject(loaded, tier, source, limit, Path(store), seed, progress=progress.output())
