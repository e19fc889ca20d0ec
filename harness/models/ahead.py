"""What a checkpoint's files tell before its weights are read: in milliseconds, and without torch.

What they do not tell (files of the hub, a .gguf file behind its first bytes) is left to loading. Of the hub it is asked
whether it has the model, once: transformers would ask for a minute where nobody answers.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.models.catalogue import find
from harness.models.config import KEPT_LAYERS
from harness.models.families import DEPTH_NAMES
from harness.models.reference import Reference
from harness.models.weights import files_of_weights, require_readable_beside

_CONFIG = "config.json"
GGUF = b"GGUF"
"""What such a file begins with."""


def require_whole(reference: Reference, who: str) -> None:
    """Refuse a model whose files cannot be loaded; nothing is said of one on the hub.

    Args:
        reference: where it lies.
        who: what the user named, for messages.

    Raises:
        BadInput: weights are missing or not whole, or lie beside what would be used, or passed over, without a word.
    """
    if reference.source == "gguf":
        _require_gguf(Path(reference.location), who)
    elif reference.source != "hub":
        require_readable_beside(Path(reference.location), who)
        _require_weights(Path(reference.location), who)


def depth_ahead(reference: Reference) -> int | None:
    """Number of layers as config.json says it; None where only loading tells."""
    config = _config_of(reference)
    found = [config[name] for name in DEPTH_NAMES if name in config]
    return found[0] if found and isinstance(found[0], int) and found[0] > 0 else None


def family_ahead(reference: Reference) -> str:
    """The model type as config.json says it; empty where only loading tells."""
    found = _config_of(reference).get("model_type")
    return found if isinstance(found, str) else ""


def parameters_ahead(reference: Reference) -> int | None:
    """Number of weights as the headers of safetensors files say it, or the catalogue; None where neither tells."""
    paper = find(reference.location)
    if paper is not None:
        return paper.parameters
    if reference.source not in ("folder", "tiny") or "quantization_config" in _config_of(reference):
        return None  # codes are packed, several to a number
    return _count(Path(reference.location))


def _count(folder: Path) -> int:
    """Number of weights in a folder's safetensors files, which are whole."""
    from safetensors import safe_open

    count = 0
    for name in files_of_weights(folder, str(folder)):
        with safe_open(folder / name, framework="np") as file:
            count += sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118  # no mapping
    return count


def pruned_already(reference: Reference) -> str:
    """What to know of a model whose config.json says that layers were removed; empty where it says nothing."""
    kept = _config_of(reference).get(KEPT_LAYERS)
    if not isinstance(kept, list):
        return ""
    return (
        f"--model {reference.text} was pruned already ({KEPT_LAYERS} in its {_CONFIG}: {len(kept)} layers), and is "
        f"taken for the unpruned model here; whether it broke: python -m harness compare PARENT {reference.text}"
    )


def _config_of(reference: Reference) -> Mapping[str, Any]:
    """The text tower's part of config.json; empty where there is none that can be read."""
    if reference.source not in ("folder", "tiny"):
        return {}
    try:
        config = json.loads((Path(reference.location) / _CONFIG).read_text(encoding="utf-8"))
        found = config.get("text_config") or config
    except (OSError, ValueError, RecursionError, AttributeError):  # loading says what is wrong
        return {}
    return found if isinstance(found, dict) else {}


def require_found(reference: Reference, who: str) -> None:
    """Refuse what is neither a folder here nor a model of the hub; whatever else the hub says is left to loading.

    Args:
        reference: where it lies.
        who: what the user named, for messages.

    Raises:
        BadInput: the hub has no such model, or cannot be asked and nothing of it is in the cache.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

    if reference.source != "hub":
        return
    name, revision = reference.location, reference.revision
    if isinstance(try_to_load_from_cache(name, _CONFIG, revision=revision), str):
        return
    found = remedy = ""
    try:
        get_hf_file_metadata(hf_hub_url(name, _CONFIG, revision=revision))
    except GatedRepoError:
        pass
    except RepositoryNotFoundError:
        found, remedy = "the hub shows no model of that name", "name either, or log in where it is private"
    except HfHubHTTPError:  # no config.json, a revision, a busy server
        pass
    except Exception as error:  # noqa: BLE001  # of whatever library asks: no network, no name server, a proxy
        offline = isinstance(error, OfflineModeIsEnabled)
        why = "HF_HUB_OFFLINE is set" if offline else f"{type(error).__name__}: {error}".splitlines()[0]
        found = f"the hub cannot be asked for a model of that name ({why})"
        remedy = "name a folder that exists, or connect to fetch the model"
    if found:
        raise BadInput(f"{who}: there is no such folder in {Path.cwd()}, and {found}; {remedy}")


def _require_gguf(file: Path, who: str) -> None:
    with file.open("rb") as content:
        begin = content.read(len(GGUF))
    if begin != GGUF:
        raise BadInput(f"{who}: begins with {begin!r}, and a .gguf file with {GGUF!r}; fetch it again")


def _require_weights(folder: Path, who: str) -> None:
    """Refuse weights that are not there, or not whole.

    Raises:
        BadInput: a file is missing, or is no safetensors file, or shorter than it says.
    """
    from safetensors import SafetensorError, safe_open

    for name in files_of_weights(folder, who):
        if not (folder / name).is_file():
            pickled = sorted(file.name for file in folder.glob("*.bin"))
            beside = f" ({pickled[0]} is pickled, and not read)" if pickled else ""
            remedy = "save the model again with safetensors" if pickled else "fetch the file"
            raise BadInput(f"{who}: the folder holds no {name}{beside}; expected all weights in safetensors: {remedy}")
        try:
            with safe_open(folder / name, framework="np"):
                pass
        except (OSError, SafetensorError) as error:
            raise BadInput(
                f"{who}: {name} cannot be read, as where a download broke off ({error}); fetch the file again"
            ) from error
