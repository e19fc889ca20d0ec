"""A model that is asked from Python, as the command line asks it."""

from pathlib import Path
from typing import TYPE_CHECKING

from harness import progress
from harness.arguments import require_data, require_folder, require_model, require_some, told_form
from harness.models.reference import tier_of
from harness.tasks.source import source_of

if TYPE_CHECKING:
    from harness.subject import Subject

STORE = Path(".store")
"""Where answers are kept, as of the commands."""


def subject_of(
    model: str, data: str | Path | None, limit: int | None, store: str | Path, dtype: str | None, seed: int = 0
) -> "Subject":
    """The model that a reference names, with its data, limit and store.

    Raises:
        BadInput: one of them cannot be used.
    """
    from harness.models.load import device, load_model
    from harness.subject import Subject

    folder = None if data is None else Path(data)
    require_some("limit", limit, "items")
    require_data(folder)
    require_model(model)
    require_folder("store", Path(store))
    tier = tier_of(model, "gpu" if device() == "cuda" else "small")
    loaded = told_form(load_model(model, dtype=dtype), None)
    source = source_of(tier, folder)
    return Subject(loaded, tier, source, limit, Path(store), seed, progress=progress.output())
