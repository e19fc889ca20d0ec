"""Whatever an answer depends on is in its key or in the model's fingerprint: each ingredient is changed in turn."""

import copy

import pytest
import torch

from harness import rules as rules_module
from harness.models.fingerprint import fingerprint
from harness.rules import rules
from harness.score.scorer import Scorer
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest
from tests.score.ingredients import (
    BASES,
    CANDIDATES,
    CHANGES,
    GENERATED,
    REQUESTS,
    SCORED,
    WEIGHTS,
    Asked,
)

TABLE = [
    *(("plain", "generation", name) for name in GENERATED),
    *(("plain", "likelihood", name) for name in SCORED),
    *(("plain", "next", name) for name in CANDIDATES),
    *(("plain", "likelihood", name) for name in WEIGHTS),
    ("buffered", "likelihood", "saved buffer"),
    ("nf4", "likelihood", "4-bit scales"),
    ("nf4", "likelihood", "4-bit codes"),
    ("nf4", "likelihood", "4-bit map"),
    ("nf4", "likelihood", "scales of the scales"),
    ("nf4", "likelihood", "offset of the scales"),
    ("nf4", "likelihood", "dtype of the products"),
    ("int8", "likelihood", "8-bit scales"),
    ("int8", "likelihood", "8-bit threshold"),
    ("lora", "likelihood", "adapter's scaling"),
    ("lora", "likelihood", "adapter switched off"),
    ("lora", "likelihood", "adapter's weights"),
]


@pytest.fixture
def asked(request, tiny):
    """A model of its own that is asked something."""
    base, kind = request.param
    return Asked(BASES[base](copy.deepcopy(tiny.model)), copy.deepcopy(tiny.tokenizer), REQUESTS[kind])


@pytest.mark.parametrize(
    ("asked", "change"), [((base, kind), name) for base, kind, name in TABLE], ids=[row[2] for row in TABLE],
    indirect=["asked"],
)  # fmt: skip
def test_an_answer_is_not_read_back_when_this_has_changed(asked, change):
    """The store looks elsewhere."""
    before = asked.name
    CHANGES[change](asked)
    assert asked.name != before


@pytest.mark.parametrize("asked", [(base, kind) for base in BASES for kind in REQUESTS], indirect=True)
def test_an_answer_is_read_back_when_nothing_has_changed(asked, tmp_path):
    """Control: asked again, of a copy too, nothing is computed; nor does running a model change it."""
    first = Scorer(asked.model, asked.tokenizer, tmp_path)
    (answer,) = first._answer([asked.request], jobs_of(asked.request))
    model = asked.model if hasattr(asked.model, "peft_config") else copy.deepcopy(asked.model)
    again = Scorer(model, copy.deepcopy(asked.tokenizer), tmp_path)

    assert again._answer([asked.request], jobs_of(asked.request)) == [answer]
    assert (first.ledger.layer_forwards > 0, again.ledger.layer_forwards) == (True, 0)


def jobs_of(request):
    """What a scorer does with a request."""
    from harness.score import jobs, reading

    return {
        GenerationRequest: jobs.generation_jobs,
        LogLikelihoodRequest: reading.scoring_jobs,
        NextTokenRequest: reading.next_token_jobs,
    }[type(request)]


def test_another_code_of_answering_reads_no_old_answers(tiny, monkeypatch):
    """Edited code has keys of its own until it is recorded; so has another version."""
    names = {Scorer(tiny.model, tiny.tokenizer).key(REQUESTS["next"])}
    recorded = rules_module._recorded()
    edited = {**rules_module.code("answers"), "score/loop.py": "0" * 12}
    raised = {**recorded, "answers": {**recorded["answers"], "version": recorded["answers"]["version"] + 1}}
    for name, value in (("code", lambda _: edited), ("_recorded", lambda: raised)):
        with monkeypatch.context() as patched:
            patched.setattr(rules_module, name, value)
            rules.cache_clear()
            names.add(Scorer(tiny.model, tiny.tokenizer).key(REQUESTS["next"]))
        rules.cache_clear()
    assert len(names) == 3


def test_a_kind_of_question_is_part_of_the_key(tiny):
    """The same ids, asked for otherwise."""
    scorer = Scorer(tiny.model, tiny.tokenizer)
    assert len({scorer.key(request) for request in REQUESTS.values()}) == 3


def test_buffers_that_are_not_saved_do_not_count(tiny):
    """A reloaded model makes them anew; a device may round them otherwise."""
    model = copy.deepcopy(tiny.model)
    model.model.rotary_emb.register_buffer("scratch", torch.zeros(3), persistent=False)
    assert fingerprint(model) == tiny.fingerprint
