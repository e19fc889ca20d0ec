"""What torch and transformers say of themselves and of this machine: a program that imports nothing of ours.

Run as a process of its own (`python libraries.py MODEL_TYPE`), because a broken library may end the process that
imports it, or never return. It prints the fields of `software.Libraries` as JSON.
"""

import json
import sys
import warnings
from typing import Any


def told(model_type: str) -> dict[str, Any]:
    """What the libraries say, as JSON's types.

    Args:
        model_type: of a config; empty: of none.
    """
    import torch
    import transformers

    assert transformers.__version__
    found: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "threads": torch.get_num_threads(),
        "gpus": [],
    }
    if torch.version.cuda is not None:
        with warnings.catch_warnings(record=True) as caught:  # a driver that is too old is a warning, and no GPU
            warnings.simplefilter("always")
            there = torch.cuda.is_available()
        found["refused"] = " ".join(str(warning.message) for warning in caught).split("(")[0].strip()
        for place in range(torch.cuda.device_count() if there else 0):
            free, total = torch.cuda.mem_get_info(place)
            found["gpus"].append((torch.cuda.get_device_name(place), total, free))
    try:
        import bitsandbytes
    except Exception as error:  # noqa: BLE001  # it loads libraries of the system
        found["bitsandbytes"] = f"{type(error).__name__}: {error}".splitlines()[0]
    else:
        assert bitsandbytes.__version__
    if model_type:
        found["causal"] = _is_causal(model_type)
    return found


def _is_causal(model_type: str) -> bool:
    from transformers.models.auto import modeling_auto

    known = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    return any(model_type in names for names in known)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(told(*sys.argv[1:2] or [""])) + "\n")
