"""Texts that a pruning criterion may look at: which, how many, how long. They share no item with any test set.

There are two kinds. *Running text* is cut from one corpus at seeded places into texts of equal length, as nearly every
published method calibrates; *worked answers* are whole GSM8K questions with their answers, as 2602.01997 does. A method
declares its kind (`methods.rank.method`), `--calibration` overrides it, and what was shown is named in everything that
depends on it. The paper draws its worked answers from GSM8K's *test* split (their code @ 0890223); here it
is the train split, or the mini-world's calibration split.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.errors import BadInput
from harness.models.reference import bundled
from harness.tasks.contamination import words_of
from harness.tasks.data import read_jsonl
from harness.tasks.gsm8k import load as load_gsm8k
from harness.tasks.running_text import CORPORA, chunks, corpus_text, read_text
from harness.tasks.source import Bundled, Source
from harness.text.chat import render
from harness.tiers import TIERS, TierName

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Texts = Literal["running", "worked"]
"""What a method is calibrated on where `--calibration` names nothing: pieces of running text of equal length, as nearly
every method is published, or whole worked answers, as the method of 2602.01997 is."""
WORKED = "gsm8k"
NAMES = (WORKED, *CORPORA)
RUN, FEWEST_WORDS = 30, 8
"""Words of a run that gives a long test item away, and of the least that is an item once its instruction is gone."""
MANY = 20  # items that share a paragraph or a run share a task's wording
MOST = 1_000_000  # texts, and tokens of each
SHORTEST = 2  # tokens; one predicts nothing
_MINI_WORLD = (("word_problems", "question", "answer"), ("code", "prompt", "canonical_solution"))
_STAND_INS = {True: "mini-world-answers", False: "mini-world-text"}
_ASKED = re.compile(r"(?P<corpus>.+?)(?::(?P<count>\d+)(?:x(?P<length>\d+))?)?")


@dataclass(frozen=True)
class Calibration:
    """A corpus, and how much of it."""

    corpus: str
    """One of NAMES, or a file."""
    count: int | None = None
    """Texts; None: the tier's."""
    length: int | None = None
    """Tokens of each text; None: whole worked answers, or the tier's."""

    @property
    def is_worked(self) -> bool:
        """Whether its texts are whole worked answers instead of running text."""
        return self.corpus == WORKED and self.length is None

    def on(self, tier: TierName) -> "Calibration":
        """The same with the tier's numbers where none were asked for. Pure."""
        count, length = (TIERS[tier].worked_answers, None) if self.is_worked else TIERS[tier].running_texts
        return replace(self, count=self.count or count, length=self.length or length)

    def named(self, tier: TierName) -> str:
        """How rows, files and pages call it: `wikitext2:32x128`; a file with 8 digits of what is in it."""
        mine = self.on(tier)
        corpus = self.corpus
        if corpus not in NAMES:
            corpus = f"{Path(corpus).name}@{hashlib.sha256(Path(corpus).read_bytes()).hexdigest()[:8]}"
        elif tier == "tiny":
            corpus = _STAND_INS[corpus == WORKED]
        return f"{corpus}:{mine.count}" + (f"x{mine.length}" if mine.length else "")


def parse_calibration(asked: str) -> Calibration:
    """`NAME|FILE[:COUNT[xLENGTH]]` as it is written on a command line; a file is opened.

    Raises:
        BadInput: it names neither a corpus nor a file of text, or no usable numbers.
    """
    found = _ASKED.fullmatch(asked)
    corpus = found["corpus"] if found else asked
    if corpus not in NAMES and not Path(corpus).is_file():
        raise BadInput(
            f"--calibration {asked}: {corpus!r} is neither a corpus ({', '.join(NAMES)}) nor a file; write NAME or "
            f"FILE, and behind a colon how many texts of how many tokens, such as wikitext2:32x512"
        )
    assert found is not None
    count, length = (None if found[name] is None else int(found[name]) for name in ("count", "length"))
    if count == 0 or (length is not None and length < SHORTEST):
        raise BadInput(
            f"--calibration {asked}: expected at least 1 text, of at least {SHORTEST} tokens, such as {corpus}:32x512"
        )
    for what, number in (("texts", count), ("tokens", length)):
        if number is not None and number > MOST:
            raise BadInput(f"--calibration {asked}: {number:,} {what}; expected at most {MOST:,}")
    if corpus not in NAMES:
        read_text(Path(corpus))
    return Calibration(corpus, count, length)


def default_calibration(kind: Texts) -> Calibration:
    """What a method of this kind is shown where the command line names nothing. Pure."""
    return Calibration(WORKED if kind == "worked" else "wikitext2")


def calibration_texts(
    shown: Calibration,
    tier: TierName,
    source: Source,
    tokenizer: "PreTrainedTokenizerBase",
    seed: int,
    protocol: str = "sound",
    room: int | None = None,
) -> list[str]:
    """The texts: fewer of them are the first of more.

    Worked answers are chats under the sound protocol, since that is how the model is used; plain text under the
    paper's. On the tiny tier every corpus is its counterpart in the mini-world.

    Args:
        shown: which, how many, how long.
        tier: whose numbers.
        source: whose corpora.
        tokenizer: measures running text.
        seed: of the draw.
        protocol: of worked answers.
        room: tokens of the model's context; None: not known.

    Raises:
        BadInput: the corpus cannot be read or has too few texts, or one does not fit into the context.
    """
    mine = shown.on(tier)
    assert mine.count is not None
    if mine.length is not None:
        if room is not None and mine.length > room:
            raise BadInput(
                f"--calibration {shown.named(tier)}: texts of {mine.length} tokens do not fit into the model's context "
                f"of {room}; ask for shorter ones, such as {shown.corpus}:{mine.count}x{room}"
            )
        pairs = _worked(source) if shown.corpus == WORKED else []
        text = "\n\n".join(map(" ".join, pairs)) if pairs else corpus_text(shown.corpus, source)
        return chunks(text, tokenizer, mine.count, mine.length, seed, shown.named(tier))
    pairs = _worked(source)
    if mine.count > len(pairs):
        raise BadInput(f"--calibration {shown.named(tier)}: there are {len(pairs)} worked answers; ask for fewer")
    chosen = _drawn(pairs, TIERS[tier].worked_answers, seed)[: mine.count]
    if protocol == "paper" or not tokenizer.chat_template:
        texts = [f"{question} {answer}" for question, answer in chosen]
    else:
        texts = [_as_chat(question, answer, tokenizer) for question, answer in chosen]
    _require_fits(texts, tokenizer, room, shown.named(tier))
    return texts


def digest(texts: Sequence[str]) -> str:
    """8 hexadecimal digits that name the texts themselves. Pure."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]


def require_disjoint(texts: Sequence[str], items: Sequence[str]) -> None:
    """Refuse calibration texts that contain what a test item asks, or a long part of it, word for word. Pure.

    Texts of a fixed length hold parts of long items, and files hold questions without the instruction that a task puts
    before them. So an item is looked for without the paragraphs that many items share, and a long one by every run of
    30 words; a run that many items share is the task's wording and no item.

    Raises:
        BadInput: one does.
    """
    shared = Counter(part for item in set(items) for part in set(item.split("\n\n")))
    seen: dict[int, set[tuple[str, ...]]] = {}

    def shown(length: int) -> set[tuple[str, ...]]:
        if length not in seen:
            seen[length] = {run for text in texts for run in runs(words_of(text), length)}
        return seen[length]

    found: dict[tuple[str, ...], list[str]] = {}
    for item in set(items):
        own = words_of(" ".join(part for part in item.split("\n\n") if shared[part] < MANY))
        words = own if len(own) >= FEWEST_WORDS else words_of(item)
        for run in runs(words, min(len(words), RUN)):
            if run in shown(len(run)):
                found.setdefault(run, []).append(item)
    telling = sorted(several[0] for several in found.values() if len(several) < MANY)
    if telling:
        raise BadInput(
            f"a calibration text contains the test item {telling[0][:60]!r}, or a part of it; a pruning method must "
            f"not see what it is tested on: calibrate on other texts"
        )


def runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    """All runs of exactly `length` words. Pure."""
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)] if length else []


def _worked(source: Source) -> list[tuple[str, str]]:
    if not isinstance(source, Bundled):
        return [(row["question"], row["answer"]) for row in load_gsm8k(source, "calibration")]
    return [
        (row[question], row[answer])
        for family, question, answer in _MINI_WORLD
        for row in read_jsonl(bundled("data") / family / "calibration.jsonl")
    ]


def _drawn(pairs: list[tuple[str, str]], usual: int, seed: int) -> list[tuple[str, str]]:
    """All pairs in a seeded order; the `usual` first are those that are shown by default."""
    draw = random.Random(seed)  # noqa: S311  # a seeded choice, no secret
    first = draw.sample(pairs, usual)
    rest = [pair for pair in pairs if pair not in first]
    draw.shuffle(rest)
    return [*first, *rest]


def _require_fits(texts: Sequence[str], tokenizer: "PreTrainedTokenizerBase", room: int | None, name: str) -> None:
    longest = max(len(tokenizer(text).input_ids) for text in texts)
    if room is not None and longest > room:
        raise BadInput(
            f"--calibration {name}: the longest text has {longest} tokens, and the model's context {room}; calibrate "
            f"on running text of a fixed length, such as wikitext2:32x{room}"
        )


def _as_chat(question: str, answer: str, tokenizer: "PreTrainedTokenizerBase") -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    text = render(tokenizer, turns, generation_prompt=False)
    bos = str(tokenizer.bos_token or "")
    return text.removeprefix(bos) if bos else text  # the tokenizer adds it again when the text is encoded
