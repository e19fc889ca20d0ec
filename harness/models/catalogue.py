"""The paper's four models, its layer sets and its corpora, as data.

Nothing here was measured by us but the memory of the batch budgets, and nothing was looked up on the hub: hub ids and
layer sets are the authors' (their code and notebooks, commit 0890223), shapes are the
published configs', and cut-offs of training data what the makers' own cards and reports say (read as copies;
`docs/contamination.md`). Imports no torch.
"""

import re
from dataclasses import dataclass
from typing import Literal

from harness.errors import BadInput

Trust = Literal["exact", "inferred", "digitised", "unlabelled"]
"""`exact`: printed in the authors' code or notebooks; `inferred`: follows from a stated rule; `digitised`: read back
from a figure; `unlabelled`: found in their code without its method's name."""

_BYTES = 2  # bfloat16
# a quantised copy is the same model; "-1M" or "-abliterated" at the end is another one
_QUANTISATION = re.compile(r"[-._](i?q\d\w*|[bf]f?p?(16|32)|8bit|4bit|awq|gptq)$")


@dataclass(frozen=True)
class LayerSet:
    """Layers that the paper removed."""

    method: str
    """The paper's name: `BI`, `Iterative` or `Reverse`."""
    layers: tuple[int, ...]
    """0-based, increasing."""
    source: str
    trust: Trust


@dataclass(frozen=True)
class PaperModel:
    """One of the paper's models."""

    name: str
    """What may be written after `--model`."""
    hub: str
    """Hub id."""
    depth: int
    """Decoder layers."""
    parameters: int
    """Counted on a model of the published shapes without weights (`tests/models/test_catalogue.py` repeats it)."""
    gated: bool | None
    """Whether the hub asks for consent before a download; from memory, None where it has changed over time."""
    layer_sets: tuple[LayerSet, ...]
    scoring_budget: int
    """Tokens of a scoring batch; bounds the logits (tokens x vocabulary). Takes under 20 GB (docs/gpu-tier.md)."""
    generation_budget: int
    """Prompt and answer tokens of a generation batch; bounds the cache. Takes under 70 GB (docs/gpu-tier.md)."""
    released: str
    """Month in which the weights were published."""
    cutoff: str | None
    """Until when its training data reach, as its makers say it; None where they do not."""
    cutoff_source: str
    """Who says so, or what was read that does not say it."""
    revision: str | None = None
    """Commit on the hub; None: the paper pins none, so the default branch is what there is."""
    dtype: str = "bfloat16"
    formerly: tuple[str, ...] = ()
    """Other last parts of its hub id, as copies are still called."""

    @property
    def title(self) -> str:
        """The last part of its hub id, as tables and the paper's figures name it."""
        return self.hub.rpartition("/")[2]

    @property
    def disk_gb(self) -> float:
        """Expected download and resident weights in GB (1e9 bytes): parameters x 2 bytes. Computed, not measured."""
        return self.parameters * _BYTES / 1e9


@dataclass(frozen=True)
class PaperCorpus:
    """A corpus of the paper's recovery."""

    name: str
    hub: str | None
    """Hub id; None where the authors' code does not name it."""
    note: str
    rows: int | None = None
    """Examples; None where nobody says how many."""


_FINDINGS = "their code and notebooks @ 0890223, removed layers"
_REVERSE = "their script @ 0890223: the last N layers, N by its 25 %"


def _last(depth: int, count: int, source: str = _REVERSE, trust: Trust = "inferred") -> LayerSet:
    return LayerSet("Reverse", tuple(range(depth - count, depth)), source, trust)


MODELS = (
    PaperModel(
        "qwen2.5-7b", "Qwen/Qwen2.5-7B-Instruct", 28, 7_615_616_512, gated=False,
        layer_sets=(
            LayerSet("Iterative", (4, 5, 11, 12, 17, 20, 24), _FINDINGS, "exact"),
            LayerSet("Iterative", (1, 5, 7, 11, 12, 20, 25), f"{_FINDINGS}: an older run", "unlabelled"),
            LayerSet("BI", (2, 4, 5, 13, 14, 15, 16), "read off a figure of the paper; 14 and 17 tie", "digitised"),
            _last(28, 7),
        ),
        scoring_budget=16_384, generation_budget=262_144, released="September 2024", cutoff=None,
        cutoff_source="arXiv 2412.15115, section 3.1, gives no date",
    ),
    PaperModel(
        "llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", 32, 8_030_261_248, gated=True,
        layer_sets=(
            LayerSet("BI", tuple(range(22, 30)), f"{_FINDINGS}; 21 and 29 tie to .001", "exact"),
            _last(32, 8, _FINDINGS, "exact"),
            LayerSet("Iterative", (3, 8, 19, 21, 22, 25, 26, 27), f"{_FINDINGS}: this model or Mistral", "unlabelled"),
        ),
        scoring_budget=16_384, generation_budget=131_072, released="July 2024", cutoff="December 2023",
        cutoff_source="meta-llama/llama-models, models/llama3_1/MODEL_CARD.md: Data Freshness",
        formerly=("Meta-Llama-3.1-8B-Instruct",),
    ),
    PaperModel(
        "mistral-7b", "mistralai/Mistral-7B-Instruct-v0.3", 32, 7_248_023_552, gated=None,
        layer_sets=(
            LayerSet("BI", tuple(range(21, 29)), _FINDINGS, "exact"),
            _last(32, 2, _FINDINGS, "exact"),
            _last(32, 8),
        ),
        scoring_budget=32_768, generation_budget=131_072, released="May 2024", cutoff=None,
        cutoff_source="its model card gives no date",
    ),
    PaperModel(
        "gemma-2-2b", "google/gemma-2-2b-it", 26, 2_614_341_888, gated=True,
        layer_sets=(
            LayerSet("Iterative", (2, 11, 20, 21, 23, 24), f"{_FINDINGS}: order 24,23,2,20,21,11", "unlabelled"),
            LayerSet("Iterative", (2, 23, 24), _FINDINGS, "unlabelled"),
            _last(26, 6),
        ),
        scoring_budget=8_192, generation_budget=131_072, released="July 2024", cutoff=None,
        cutoff_source="arXiv 2408.00118, section 3.1, gives no date",
    ),
)  # fmt: skip

CORPORA = (
    PaperCorpus("alpaca-cleaned", "yahma/alpaca-cleaned", "inferred: 5823 steps x 8 / 0.9 = its 51,760 rows", 51_760),
    PaperCorpus(
        "dolci",
        None,
        "the id is written nowhere in the authors' code (allenai's Dolci SFT family); name a file instead",
    ),
)
RECIPES = ("paper", "paper-command-line")
"""Names in `harness.recover.recipe`; two, because the authors' command and their code differ."""


def recognised(text: str) -> PaperModel | None:
    """The paper's model that a path, hub id or label names by its last part; None if it is none of them.

    A revision is left aside, and a quantised copy is the same model. The short names are what may be written after
    `--model` only: a folder `gemma-2-2b` holds the base model, which is none of the paper's.
    """
    name = _QUANTISATION.sub("", text.rpartition("/")[2].partition("@")[0].removesuffix(".gguf").casefold())
    return next((model for model in MODELS if name in map(str.casefold, (model.title, *model.formerly))), None)


def is_quantised(text: str) -> bool:
    """Whether a model's name says that its weights are another's, rounded."""
    return bool(_QUANTISATION.search(text.casefold()))


def find(text: str) -> PaperModel | None:
    """The model that a short name or a hub id means, a `@revision` left aside; None if it is none of the paper's."""
    name = text.partition("@")[0]
    return next((model for model in MODELS if name in (model.name, model.hub)), None)


def require_paper_model(text: str) -> PaperModel:
    """The catalogue's model that a dry run stands in for.

    Raises:
        BadInput: it is none of the paper's.
    """
    model = find(text)
    if model is None:
        names = ", ".join(model.name for model in MODELS)
        raise BadInput(f"--model {text}: there are stand-ins for {names}; name one of them, or leave --model out")
    return model
