"""Which corpus a name means, per source of texts."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.labels import distinct
from harness.models.reference import bundled
from harness.recover.corpus import Corpus, hub_corpus, read_corpus, sample
from harness.recover.rows import FORMATS
from harness.tasks.source import Bundled, Folder, Source, data_file

HUB = {"alpaca-cleaned": "yahma/alpaca-cleaned", "alpaca": "yahma/alpaca-cleaned"}
"""The Dolci set has no known id in the paper or its code: name one with `hub:OWNER/NAME`."""
_ONE_FAMILY = "-word-problems"  # after a corpus of the mini-world: its word problems alone
FILES = {
    "alpaca": "sft/alpaca_en_demo.jsonl.gz",
    "dolly": "sft/dolly_151.jsonl.gz",
    "gsm8k-train": "math/gsm8k_train.jsonl.gz",
}


def corpus_label(name: str, beside: Sequence[str] = ()) -> str:
    """What a corpus is called in rows and files; no other of those `beside` it is called the same. Pure."""
    others = [other for other in beside if other != name]
    return distinct([_parts(each) for each in (name, *others)])[0]


def _parts(name: str) -> tuple[str, ...]:
    if name.startswith("hub:"):
        return tuple(name.removeprefix("hub:").split("/"))
    if name.endswith((".jsonl", ".jsonl.gz")):
        path = Path(name).absolute()
        return (*path.parts[:-1], path.name.split(".")[0])
    return (name,)


def require_corpus(name: str, source: Source) -> None:
    """Refuse, before any work and without reading it, a corpus that `named_corpus` cannot have.

    Raises:
        BadInput: there is none of this name.
    """
    if name.endswith((".jsonl", ".jsonl.gz")):
        if not Path(name).is_file():
            raise BadInput(f"--corpus {name}: there is no such file; expected {FORMATS} in each line of a .jsonl file")
        return
    if name.startswith("hub:"):
        return
    bundled_only = isinstance(source, Bundled)
    known = _styles() if bundled_only else [*FILES, *(other for other in HUB if other not in FILES)]
    if name.removesuffix(_ONE_FAMILY if bundled_only else "") not in known:
        raise BadInput(
            f"--corpus {name}: unknown {'on the tiny tier' if bundled_only else 'for a real model'}; use "
            f"{', '.join(known)}, hub:OWNER/NAME, or a .jsonl file"
        )
    if not bundled_only and name in FILES and (isinstance(source, Folder) or name not in (*HUB, "gsm8k-train")):
        data_file(source, FILES[name])


def named_corpus(name: str, source: Source, beside: Sequence[str] = ()) -> Corpus:
    """A corpus by name: a `.jsonl` or `.jsonl.gz` file, `hub:OWNER/NAME`, or one that the source has.

    Corpora `beside` it are those of the same run, from which its label sets it apart.

    Raises:
        BadInput: there is no such corpus, or it cannot be read.
    """
    require_corpus(name, source)
    if name.endswith((".jsonl", ".jsonl.gz")):
        return read_corpus(Path(name), corpus_label(name, beside))
    if name.startswith("hub:"):
        return hub_corpus(name.removeprefix("hub:"), corpus_label(name, beside))
    if isinstance(source, Bundled):
        return _bundled(name)
    if name in FILES and isinstance(source, Folder):
        return read_corpus(data_file(source, FILES[name]), name)
    if name == "gsm8k-train":
        return hub_corpus("openai/gsm8k", name, "main")  # the hub refuses it without a config
    return hub_corpus(HUB[name], name)


def corpus_of(name: str, source: Source, beside: Sequence[str], n: int | None, seed: int) -> Corpus:
    """A corpus by name, cut to a seeded random subset of `n` examples; None takes all.

    Raises:
        BadInput: as of `named_corpus`.
    """
    return sample(named_corpus(name, source, beside), n, seed)


def _styles() -> list[str]:
    """Names of the mini-world's corpora."""
    return sorted(path.stem for path in (bundled("data") / "recovery").glob("*.jsonl"))


def _bundled(name: str) -> Corpus:
    style = name.removesuffix(_ONE_FAMILY)
    corpus = read_corpus(bundled("data") / "recovery" / f"{style}.jsonl", style)
    if style == name:
        return corpus
    return Corpus(name, tuple(example for example in corpus.examples if example.id.startswith("word_problems|")))
