"""Libraries are quiet: loading leaves no trace, neither bars nor settings, and no warning is said a thousand times."""

import contextlib
import functools
import importlib
import logging
from collections.abc import Iterator
from typing import Any

from harness.errors import BadInput

_TALKATIVE = ("bitsandbytes", "accelerate", "huggingface_hub")
_AT_EVERY_PRODUCT = "bitsandbytes.autograd._functions"


@contextlib.contextmanager
def quiet_loading() -> Iterator[None]:
    """Silence what loading prints about itself (progress bars, missing optional kernels); restores all that it set."""
    import tqdm.auto
    from transformers.utils import logging as transformers_logging

    gguf: Any = importlib.import_module("transformers.modeling_gguf_pytorch_utils")
    verbosity, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    transformers_logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    drawn = gguf.tqdm  # it asks nobody whether bars are wanted
    gguf.tqdm = functools.partial(tqdm.auto.tqdm, disable=True)
    try:
        yield
    finally:
        gguf.tqdm = drawn
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


class _Once(logging.Filter):
    """Lets each text through once."""

    def __init__(self) -> None:
        super().__init__()
        self._said = set[str]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not said before."""
        text = record.getMessage()
        new = text not in self._said
        self._said.add(text)
        return new


@contextlib.contextmanager
def said_once() -> Iterator[None]:
    """While open, what bitsandbytes says at every product of 8-bit weights (their inputs are cast) is said once."""
    logger, once = logging.getLogger(_AT_EVERY_PRODUCT), _Once()
    logger.addFilter(once)
    try:
        yield
    finally:
        logger.removeFilter(once)


@contextlib.contextmanager
def one_sentence(beginning: str, expected: str) -> Iterator[None]:
    """Turn whatever transformers, safetensors and the hub raise, a dozen unrelated types, into one sentence.

    Raises:
        BadInput: anything was raised.
    """
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])
        if "above report" in said:  # which was silenced, and names no tensor
            said = "the stored tensors are not what config.json says that they are, or some are left out"
        why = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise BadInput(f"{beginning} cannot be loaded ({why}); {expected}") from error
