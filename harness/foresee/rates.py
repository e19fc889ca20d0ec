"""How fast a machine is: measured for seconds on the loaded model, or by what a GPU of its kind was seen to do."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.foresee.work import Model, Rates
from harness.score.cost import now
from harness.score.decoders import PaddedDecoder
from harness.score.forward import embedded, pad_id
from harness.score.log_likelihood import score_groups, score_packed
from harness.score.packed import packs
from harness.score.replay import recorder_of
from harness.selfcheck.shapes import model_shape
from harness.text.encode import EncodedPair

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel

SECONDS = 20.0
"""Most that a measurement takes."""
FEW, SOME, MANY = 2, 8, 32
"""Rows of a batch; the last of a machine on which that many take no long time."""
PROMPT, STEPS, REPEATS = 64, 6, 3
CONTEXT, OPTIONS, OPTION = 48, 4, 8


def model_of(loaded: "LoadedModel") -> Model:
    """What counts of a resident model."""
    shape = model_shape(loaded.model)
    return Model(
        layers=shape.layers, body=shape.body, head=shape.head, vocabulary=shape.vocabulary,
        weights=sum(parameter.nbytes for parameter in loaded.model.parameters()), bytes=shape.bytes,
        cache_bytes=shape.cache_bytes, attention=4.0 * shape.layers * shape.heads_width,
    )  # fmt: skip


def measured(loaded: "LoadedModel", clock: Callable[[], float] = time.perf_counter) -> Rates:
    """Read a few and many rows, write a few and many, score a few questions: medians of a few repeats.

    Args:
        loaded: the unpruned model.
        clock: seconds.
    """
    import torch

    model, pad, start = loaded.model, pad_id(loaded.model, loaded.tokenizer), clock()
    words, trie = embedded(model), packs(model)
    seen: dict[tuple[str, int], list[float]] = {}

    def rows(count: int) -> list[list[int]]:
        return [[1 + (row * PROMPT + at) % (words - 1) for at in range(PROMPT)] for row in range(count)]

    def timed(what: str, count: int, work: Callable[[], object]) -> None:
        began = now(model.device, clock)
        work()
        seen.setdefault((what, count), []).append(now(model.device, clock) - began)

    def write(count: int) -> None:
        decoder = PaddedDecoder(model, pad, recorder_of(model))
        timed("read", count, lambda: decoder.start(rows(count)))
        token = torch.ones(count, dtype=torch.long, device=model.device)
        decoder.step(token)
        timed("written", count, lambda: [decoder.step(token) for _ in range(STEPS)])

    def score(count: int) -> None:
        questions = [
            [EncodedPair(tuple(row[:CONTEXT] + [1 + option] * OPTION), CONTEXT) for option in range(OPTIONS)]
            for row in rows(count)
        ]
        timed("scored", count, lambda: _scored(model, questions, pad))

    with torch.inference_mode():
        for work in (write, score):  # kernels are chosen at the first time
            work(FEW)
        slow = (clock() - start) * MANY / FEW > SECONDS / 2
        many, seen, begun = SOME if slow else MANY, {}, clock()
        for _ in range(REPEATS):
            for count in (FEW, many):
                for work in (write, score):
                    work(count)
            if clock() - start + (clock() - begun) > SECONDS:
                break
    return rates_from({name: statistics.median(times) for name, times in seen.items()}, many, trie=trie)


def _scored(model: "PreTrainedModel", questions: Sequence[Sequence[EncodedPair]], pad: int) -> object:
    """Score questions in the way that the model allows."""
    if packs(model):
        return score_packed(model, [pair for question in questions for pair in question])
    return score_groups(model, questions, pad)


def rates_from(seconds: Mapping[tuple[str, int], float], rows: int = MANY, *, trie: bool = False) -> Rates:
    """Rates by the times of few rows and of many, which are `rows`; a question is scored as a trie, or is not. Pure."""

    def line(what: str, each: int) -> tuple[float, float]:
        few, many = seconds[what, FEW], seconds[what, rows]
        slope = max(0.0, many - few) / (rows - FEW)
        return max(0.0, few - FEW * slope), slope / each

    pass_seconds, token_seconds = line("read", PROMPT)
    step_seconds, row_seconds = (part / STEPS for part in line("written", 1))
    _, question = line("scored", 1)
    each = OPTION - 1 if trie else OPTION + 1  # behind the context's last token, which stands once in a trie
    read, asked = CONTEXT - (not trie) + OPTIONS * each, trie + OPTIONS * each
    logits = max(0.0, question - read * token_seconds) / asked
    return Rates(pass_seconds, token_seconds, step_seconds, row_seconds, logits, "measured here on this model")


def profile_of(text: str, folder: Path) -> Mapping[str, Any]:
    """What `gpu-check` wrote about a machine.

    Args:
        text: a file, or the name of one of `folder`.
        folder: with known ones.

    Raises:
        BadInput: it is neither, or holds no measurements.
    """
    known = sorted(path.stem for path in folder.glob("*.json"))
    path = folder / f"{text}.json" if text in known else Path(text)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["machine"]["flops"], content["machine"]["bytes_per_second"], content["measurements"][0]["per_second"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, IndexError) as error:
        raise BadInput(
            f"--device-profile {text}: expected one of {', '.join(known) or 'docs/device-profiles/'}, or a file of "
            f"`python -m harness gpu-check --json` ({error})"
        ) from error
    found: Mapping[str, Any] = content
    return found


def profiled(profile: Mapping[str, Any], model: Model, name: str | None) -> Rates:
    """Rates on the machine of a profile. Pure.

    Args:
        profile: as `profile_of` reads it.
        model: whose.
        name: the catalogue's, where it was measured itself; of any other one, the machine's ceilings and the share of
            them that the measured models reached.
    """
    rows: Sequence[Mapping[str, Any]] = profile["measurements"]
    machine = profile["machine"]
    read = _share(rows, "prefill") * machine["flops"] / (2 * model.body)
    scored = _share(rows, "scoring") * machine["flops"] / (2 * model.body)
    many, few = _decoding(rows, name), _decoding(rows, name, one=True)
    if many is None or few is None:
        few = 1, _share(rows, "greedy decoding, one row") * machine["bytes_per_second"] / model.weights
        step, row = 1 / few[1], 0.0
    else:
        row = max(0.0, many[0] / many[1] - few[0] / few[1]) / (many[0] - few[0])
        step = max(0.0, few[0] / few[1] - row)
    own = [one for one in rows if one["model"] == name and one["per_second"]]
    read = next((one["per_second"] for one in own if one["what"] == "prefill"), read)
    scored = next((one["per_second"] for one in own if one["what"] == "scoring"), scored)
    said = f"on {machine['name']} ({'measured there' if own else 'by what other models reached there'})"
    return Rates(0.0, 1 / read, step, row, max(0.0, 1 / scored - 1 / read), said)


def _share(rows: Sequence[Mapping[str, Any]], what: str) -> float:
    """The share of the machine's ceiling that measured models reach."""
    return statistics.median(
        float(one["share_of_bound"]) for one in rows if one["what"] == what and one["share_of_bound"]
    )


def _decoding(rows: Sequence[Mapping[str, Any]], name: str | None, *, one: bool = False) -> tuple[int, float] | None:
    """Rows of a batch, and tokens per second."""
    what = "greedy decoding, one row" if one else "greedy decoding"
    for row in rows:
        if row["model"] == name and row["what"] == what and row["per_second"]:
            return (1 if one else int(row["setting"].split()[0])), float(row["per_second"])
    return None
