"""Running text: one long text of a corpus, and pieces of equal token length cut from it.

Published methods join the documents of a corpus by blank lines and cut the whole into pieces of one length (SLEB and
Shortened LLaMA at random places, EvoPress and BlockPruner one after the other); here the places are a seeded choice
among pieces that do not overlap.
"""

import gzip
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.reference import bundled
from harness.tasks.data import hub_rows, read_jsonl
from harness.tasks.source import Bundled, Folder, Source, data_file
from harness.text.encode import plain_ids
from harness.versions import require_extra

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CORPORA = {"wikitext2": "calibration/wikitext2_tokens_valid.txt.gz", "c4": "calibration/c4_demo.jsonl.gz"}
"""Corpora by name, with their files in a data folder: WikiText-2's validation split, and documents of C4."""
PLAIN, ROWS = (".txt", ".md", ".raw", ".tokens", ""), (".jsonl",)
HUB_DOCUMENTS = 2000  # the first of C4's training split: about a million tokens
_JOINT = "\n\n"
_RESIZED = (
    0,
    -1,
    1,
    -2,
    2,
    -3,
    3,
    -4,
    4,
)  # tokens more than a piece, where its text is encoded to others
_BROKEN = "\ufffd"  # what half a character is decoded to


def corpus_text(corpus: str, source: Source) -> str:
    """All of a named corpus, or of a file; the mini-world has one that stands for any named one.

    Raises:
        BadInput: it cannot be read, or holds no text.
    """
    if corpus not in CORPORA:
        return read_text(Path(corpus))
    if isinstance(source, Bundled):
        return _JOINT.join(_mini_world())
    if isinstance(source, Folder):
        try:
            return read_text(data_file(source, CORPORA[corpus]))
        except BadInput as error:
            raise BadInput(f"{error} (needed as calibration text; --calibration names other texts)") from error
    if corpus == "wikitext2":
        return "".join(row["text"] for row in hub_rows("Salesforce/wikitext", "wikitext-2-v1", "validation"))
    return _JOINT.join(_c4_of_the_hub())


def read_text(path: Path) -> str:
    """A file of plain text, or the `text` of every row of a `.jsonl` file joined by blank lines; either gzipped or not.

    Raises:
        BadInput: it cannot be read, is another kind of file, or a text in it is empty.
    """
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if kind not in (*PLAIN, *ROWS):
        raise BadInput(
            f"{path}: a {kind} file is no running text; expected .txt, .md, or .jsonl with a field `text` (or those "
            f"with .gz)"
        )
    if kind in ROWS:
        text = _JOINT.join(_text_of(path, number, row) for number, row in enumerate(read_jsonl(path), 1))
    else:
        try:
            with (
                gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file
            ):
                text = str(file.read())
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} cannot be read as UTF-8 text ({error}); name another file") from error
    if not text.strip():
        raise BadInput(f"{path} holds no text; expected running text to cut calibration texts from")
    return text


def _text_of(path: Path, number: int, row: dict[str, Any]) -> str:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadInput(
            f"{path}, row {number}: its `text` is {'empty' if isinstance(text, str) else repr(text)}; expected a text "
            f"in every row"
        )
    return text


def _mini_world() -> Iterator[str]:
    """What the calibration split tells of facts, creatures, days and news: sentences, no questions."""

    def rows(family: str) -> list[dict[str, Any]]:
        return read_jsonl(bundled("data") / family / "calibration.jsonl")

    told = [f"{row['question']} {_right(row)} ." for family in ("facts", "kinds", "events") for row in rows(family)]
    told += [row["document"] for row in rows("headlines")]
    random.Random(0).shuffle(told)  # noqa: S311  # an order, no secret
    yield from told


def _right(row: dict[str, Any]) -> str:
    return str(row["choices"]["text"][row["choices"]["label"].index(row["answerKey"])])


def _c4_of_the_hub() -> Iterator[str]:
    require_extra("real", "texts of the hub")
    import datasets

    try:
        stream = datasets.load_dataset("allenai/c4", "en", split="train", streaming=True)
        yield from (str(row["text"]) for row in islice(stream, HUB_DOCUMENTS))
    except Exception as error:  # as in tasks.data.hub_rows
        raise BadInput(
            f"allenai/c4 cannot be read from the hub ({type(error).__name__}); connect to the network, name plain "
            f"files (--data DIR), or other texts (--calibration)"
        ) from error


def chunks(text: str, tokenizer: "PreTrainedTokenizerBase", count: int, length: int, seed: int, name: str) -> list[str]:
    """`count` pieces of `text` that are encoded to exactly `length` tokens each, a BOS of the tokenizer's included.

    Pieces follow one another; which are taken, and in which order, is drawn from `seed`, so that fewer are the first of
    more. A piece whose text is encoded to other tokens than those it was cut from is made longer or shorter by up to
    four tokens, and passed over where that does not help.

    Raises:
        BadInput: there are fewer.
    """
    ids = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
    own = length - (len(plain_ids("a", tokenizer)) - len(tokenizer("a", add_special_tokens=False).input_ids))
    starts = list(range(0, len(ids) - own + 1, own))
    random.Random(seed).shuffle(starts)  # noqa: S311  # a seeded choice, no secret
    pieces = (_piece(ids, start, own, length, tokenizer) for start in starts)
    chosen: list[str] = []
    if count <= len(starts):
        chosen.extend(islice((piece for piece in pieces if piece is not None), count))
    if len(chosen) < count:
        raise BadInput(
            f"--calibration {name}: {count} texts of {length} tokens are asked for, and the corpus of {len(ids):,} "
            f"tokens has {len(chosen) or len(starts)}; ask for fewer or shorter ones"
        )
    return chosen


def _piece(ids: list[int], start: int, own: int, length: int, tokenizer: "PreTrainedTokenizerBase") -> str | None:
    for more in _RESIZED:
        piece = str(tokenizer.decode(ids[start : start + own + more], clean_up_tokenization_spaces=False))
        if _BROKEN not in piece and len(plain_ids(piece, tokenizer)) == length:
            return piece
    return None
