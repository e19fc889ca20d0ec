"""The model card of an exported variant. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from harness.export.results import model_index
from harness.prune.plan import LayerPlan
from harness.text.form import PLAIN

PAPER = "On the Limits of Layer Pruning for Generative Reasoning in LLMs, arXiv:2602.01997"


@dataclass(frozen=True)
class Score:
    """One task, before and after."""

    task: str
    unpruned: float
    exported: float
    items: int
    metric: str = "accuracy"
    """`accuracy`, `pass@1` of programs, `rouge` of summaries."""
    dataset: str | None = None
    """Its id on the hub; None of the mini-world."""
    whole: bool = False
    """Whether both models were asked a published benchmark, all of it and nothing else (`results.is_whole`)."""


@dataclass(frozen=True)
class Provenance:
    """Where an exported folder comes from."""

    base: str
    """Reference of the unpruned model."""
    hub: str | None
    """Its hub id without revision, which is all that the hub understands; None for a folder or file."""
    base_fingerprint: str
    fingerprint: str
    """Of the exported model, as `harness.load_model` computes it from the folder."""
    plan: LayerPlan
    adapter: str | None
    dtype: str
    command: str
    date: str
    versions: Mapping[str, str]
    licences: Sequence[str] = ()
    """Names of the unpruned model's licence files, copied beside the card."""
    form: str | None = None
    """In which both were asked (`LoadedModel.form`); None: their own chat template."""
    repair: str | None = None
    """What made up for the missing layers; None: nothing did."""
    repaired_on: str = ""
    """The texts that it was measured on."""
    thinking: str | None = None
    """How both were asked to think (`Subject.thinks`); None where they cannot."""

    @property
    def title(self) -> str:
        """What the folder is called."""
        return f"{self.base.rstrip('/').rpartition('/')[2]} without {self.plan.describe()}{self.changed}"

    @property
    def changed(self) -> str:
        """What was done to the model beside removing layers, in words that follow these."""
        repaired = f", repaired by {self.repair}" if self.repair else ""
        return repaired + (", with an adapter that was trained" if self.adapter else "")

    @property
    def asked(self) -> str:
        """The form of the questions, in words."""
        forms = {None: "by the model's own chat template", PLAIN: "in a plain Question:/Answer: form"}
        form = forms.get(self.form, f"by the chat template {self.form}")
        return form if self.thinking is None else f"{form}, thinking {self.thinking}"


def model_card(provenance: Provenance, scores: Sequence[Score]) -> str:
    """The folder's README.md."""
    plan = provenance.plan
    header = {
        **({"base_model": provenance.hub} if provenance.hub else {}),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["layer-pruning", "depth-pruning"],
        **model_index(provenance, scores),
    }
    rows = [
        ("unpruned model", f"`{provenance.base}`, fingerprint `{provenance.base_fingerprint}`"),
        ("removed", f"`{plan.describe()}` of {plan.depth} layers (0-based, ranges inclusive)"),
        ("kept layers", ", ".join(map(str, plan.kept))),
        ("adapter folded in", f"`{provenance.adapter}`" if provenance.adapter else "none"),
        (
            "repaired by",
            f"{provenance.repair}, measured on {provenance.repaired_on}" if provenance.repair else "nothing",
        ),
        ("weights", f"{provenance.dtype}, fingerprint `{provenance.fingerprint}`"),
        ("made by", f"`{provenance.command}` on {provenance.date}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in sorted(provenance.versions.items()))),
    ]
    where = (
        "see " + ", ".join(f"`{name}`" for name in provenance.licences)
        if provenance.licences
        else f"see `{provenance.base}`"
    )
    parts = [
        f"---\n{yaml.safe_dump(header, sort_keys=False)}---",
        f"# {provenance.title}",
        _done(provenance),
        "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows),
        "## Scores",
        _scores(scores, provenance.asked),
        "## Licence",
        f"The unpruned model's licence holds for these weights: {where}.",
        "## How to cite",
        f"The checks and this export: layer-pruning-checks. The claims they test: {PAPER}.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _done(provenance: Provenance) -> str:
    """What was done to the model, in words."""
    whole = provenance.plan.whole_layers_only
    removed = f"{'Whole layers' if whole else 'Layers'} of a language model were removed"
    if provenance.repair:
        removed += ", and what is left was given other numbers that make up for them"
    trained = "an adapter was trained and is folded into the weights"
    untouched = "nothing was trained" if provenance.repair else "nothing was rescaled"
    units = "" if whole else " Removed units of a layer are present with all weights zero."
    return f"{removed}; {trained if provenance.adapter else untouched}.{units}"


def _scores(scores: Sequence[Score], asked: str) -> str:
    if not scores:
        return (
            "None were measured. Depth pruning can look harmless on multiple choice and still ruin generation: measure "
            "with `python -m harness compare PARENT THIS`."
        )
    head = "| task | unpruned | exported | items |\n|---|---|---|---|\n"
    rows = [f"| {s.task} | {s.unpruned:.3f} | {s.exported:.3f} | {s.items} |" for s in scores]
    return head + "\n".join([*rows, "", f"What is asked in turns was asked {asked}, of both models."])
