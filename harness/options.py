"""Options that several commands and pytest know, each declared once."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.exchange.place import Remote, is_url, remote_of
from harness.models.load import DTYPES


def as_path(text: str) -> Path:
    """A path as it is written after an option.

    Raises:
        ArgumentTypeError: it is empty, which Python would take for the current folder, or a URL.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} names no file or folder; write . for the current one")
    if is_url(text):
        kind = text.partition("://")[0]
        raise argparse.ArgumentTypeError(f"a {kind}:// URL: expected a file or folder here; only --store takes a URL")
    return Path(text)


def as_store(text: str) -> Path | Remote:
    """A store as it is written after an option: a folder, or a URL of a place for one.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if not is_url(text):
        return as_path(text)
    try:
        return remote_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def as_share(text: str) -> float:
    """A share as it is written after an option; its bounds are checked where it is used.

    Raises:
        ArgumentTypeError: it is no number.
    """
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a share between 0 and 1, such as 0.25") from None


_CALIBRATION = (
    "what every method is calibrated on: gsm8k, wikitext2, c4, or a .txt or .jsonl file, and behind a colon how many "
    "texts, or texts x tokens (wikitext2:32x512); default: what each method's source uses, in the tier's size"
)
_PROTOCOL = (
    "`paper` follows the authors in what decides arithmetic, classes of failed programs, plain calibration texts and, "
    "on a GPU, selection items: docs/protocol.md lists these and what it leaves (default: sound)"
)
SHARED: Mapping[str, Mapping[str, Any]] = {
    "--model": {
        "default": "tiny",
        "metavar": "REF",
        "help": "`tiny` (default), hub id with optional @revision, folder, or .gguf file",
    },
    "--data": {
        "type": as_path,
        "metavar": "DIR",
        "help": "folder with the real benchmarks as plain files; default: the hub",
    },
    "--limit": {"type": int, "metavar": "N", "help": "a seeded random subset of N items per task (default: all)"},
    "--looks": {
        "choices": ("on", "off"),
        "help": "whether a claim is looked at on 25 items per task, then on 50, 100 and so on up to --limit, until it "
        "is decided; errors stay at the stated rate over all looks together (default: on, and off on the tiny tier)",
    },
    "--race": {
        "choices": ("on", "off"),
        "help": "whether a claim that there is a layer is decided by a race: layers are dropped on half of the items, "
        "and the last one is held to the claim on the other half; it may find one, and never that there is none "
        "(default: on, and off on the tiny tier)",
    },
    "--dtype": {
        "choices": DTYPES,
        "help": "dtype of the weights (default: float32 on a CPU, the checkpoint's own on a GPU)",
    },
    "--cards": {
        "type": int,
        "default": 1,
        "metavar": "N",
        "help": "lay the model's layers over N GPUs, where one cannot hold it; each worker of -n takes N of its own "
        "(default: 1)",
    },
    "--store": {
        "type": as_store,
        "default": Path(".store"),
        "metavar": "DIR",
        "help": "where answers are kept between runs: a folder, or a URL (s3://bucket/prefix) that a folder in "
        ".store-mirrors/ is kept in step with (default: .store/)",
    },
    "--root": {
        "type": as_path,
        "default": Path(),
        "metavar": "DIR",
        "help": "the checkout that is read and written (default: here)",
    },
    "--out": {"type": as_path, "metavar": "DIR", "help": "folder to write; must not exist, or be empty"},
    "--json": {"type": as_path, "metavar": "FILE", "help": "write the figures to this file"},
    "--html": {"type": as_path, "metavar": "FILE", "help": "write a page of the answer, one file that opens from disk"},
    "--picture": {"type": as_path, "metavar": "FILE", "help": "draw the figures (PNG)"},
    "--keeps": {
        "type": as_share,
        "default": 0.95,
        "metavar": "SHARE",
        "help": "least share of the base's score above guessing that counts as kept (default: 0.95)",
    },
    "--calibration": {"metavar": "TEXTS", "help": _CALIBRATION},
    "--protocol": {"choices": ("sound", "paper"), "default": "sound", "help": _PROTOCOL},
    "--thinking": {
        "choices": ("off", "on"),
        "default": "off",
        "help": "whether a model whose chat template has a switch for thinking thinks before it answers; only the "
        "answer is scored (default: off)",
    },
    "--thinking-tokens": {
        "type": int,
        "default": 2048,
        "metavar": "N",
        "help": "tokens for the thought of a model that thinks, beside those for its answer (default: 2048)",
    },
    "--chat-template": {
        "metavar": "FILE",
        "help": "ask in turns by this template (Jinja) instead of the model's own; `plain`: Question: and Answer:, as "
        "a base model is asked (default: its own, plain where it has none)",
    },
    "--quiet": {"action": "store_true", "help": "draw no bars, and write no line per minute of what takes long"},
    "--seed": {"type": int, "default": 0, "metavar": "S", "help": "of everything that is drawn (default: 0)"},
}


def declare(add: Callable[..., object], *names: str, **otherwise: object) -> None:
    """Declare shared options with `add_argument` or what is called like it; `otherwise` replaces parts of them."""
    for name in names:
        add(name, **{**SHARED[name], **otherwise})
