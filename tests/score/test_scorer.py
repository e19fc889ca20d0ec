"""Fast paths against slow oracles: batched == one by one, shared == separate, ours == generate(), resumed == whole."""

import copy
import math

import pytest
import torch

from harness.decide.noise import flip_rate
from harness.errors import BadInput
from harness.prune.surgery import prune_layers, skip_by_hook
from harness.score.jobs import generation_jobs
from harness.score.scorer import Scorer
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.text.encode import encode_pair, encode_prompt, plain_ids
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

ONE = {"scoring_budget": 1, "generation_budget": 1}


def requests_of(name, count):
    """The first requests of a tiny task."""
    task = TASKS[name]
    return [request for item in task.load(Bundled(), "test")[:count] for request in task.ask(item)]


@pytest.fixture(scope="module", params=["whole", "without 9-11"])
def model(tiny, request):
    """The tiny model, and a variant that writes long broken answers."""
    return tiny.model if request.param == "whole" else prune_layers(tiny.model, [9, 10, 11])


def test_shared_context_scores_equal_full_passes(tiny, model):
    """Log-likelihoods with a shared prefix equal one full pass per continuation."""
    requests = requests_of("events", 12)
    shared = Scorer(model, tiny.tokenizer).log_likelihoods(requests)
    for request, answer in zip(requests, shared, strict=True):
        pair = encode_pair(request.context, request.continuation, tiny.tokenizer)
        with torch.inference_mode():
            logits = model(torch.tensor([pair.ids])).logits[0, pair.start - 1 : -1].log_softmax(-1)
        expected = logits.gather(-1, torch.tensor(pair.ids[pair.start :])[:, None]).sum()

        assert math.isclose(float(expected), answer.value, abs_tol=1e-3)


def test_logits_are_made_only_where_a_continuation_begins(tiny):
    """Contexts with nothing in common are run whole, but only their last positions become logits."""
    texts = ["tom has 12 apples .", "who has red shoes ?", "finn loses 3 stamps ."]
    requests = [LogLikelihoodRequest(text, " tom has") for text in texts]
    shapes = []
    handle = tiny.model.lm_head.register_forward_hook(lambda _, __, logits: shapes.append(tuple(logits.shape[:2])))
    try:
        Scorer(tiny.model, tiny.tokenizer).log_likelihoods(requests)
    finally:
        handle.remove()
    longest = max(len(plain_ids(text, tiny.tokenizer)) for text in texts)

    assert sum(rows * width for rows, width in shapes) < len(texts) * longest


@pytest.mark.parametrize("name", ["facts", "arithmetic_first_digit", "word_problems"])
def test_the_output_layer_is_given_contiguous_states(tiny, name):
    """A slice of them makes a bfloat16 product copy the layer once a row, gigabytes for a large vocabulary."""
    seen, ask = [], {"facts": "log_likelihoods", "arithmetic_first_digit": "next_tokens"}.get(name, "generations")
    handle = tiny.model.lm_head.register_forward_pre_hook(lambda _, args: seen.append(args[0].is_contiguous()))
    try:
        getattr(Scorer(tiny.model, tiny.tokenizer), ask)(requests_of(name, 8))
    finally:
        handle.remove()

    assert seen
    assert all(seen)


@pytest.mark.parametrize("name", ["facts", "arithmetic_first_digit", "word_problems", "headlines"])
def test_batched_equals_one_by_one(tiny, model, name):
    """Batches of many rows give the answers of batches of one row; no answer flips."""
    requests = requests_of(name, 24)
    ask = {"facts": "log_likelihoods", "arithmetic_first_digit": "next_tokens"}.get(name, "generations")
    together = getattr(Scorer(model, tiny.tokenizer), ask)(requests)
    alone = getattr(Scorer(model, tiny.tokenizer, **ONE), ask)(requests)
    if ask == "generations":
        assert flip_rate([a.text for a in together], [a.text for a in alone]) == 0.0
    elif ask == "next_tokens":
        pairs = zip(together, alone, strict=True)
        assert all(
            torch.allclose(torch.tensor(a.log_probabilities), torch.tensor(b.log_probabilities), atol=1e-3)
            for a, b in pairs
        )
    else:
        assert all(math.isclose(a.value, b.value, abs_tol=1e-3) for a, b in zip(together, alone, strict=True))


def test_answers_are_told_while_others_of_their_batch_are_written(tiny):
    """A bar moves before the longest answer of a batch is done."""
    requests = requests_of("word_problems", 16)
    told = []
    (job,) = generation_jobs(requests, Scorer(tiny.model, tiny.tokenizer).desk)
    job.work(tiny.model, told.append)

    assert sum(told) == len(requests)
    assert len(told) > 1


@pytest.mark.parametrize("message", ["CUDA out of memory", "DefaultCPUAllocator: can't allocate memory: 27 GB"])
def test_a_batch_that_does_not_fit_is_said(tiny, message, monkeypatch):
    """With what to do about it; other errors stay what they are."""
    kind = torch.OutOfMemoryError if "CUDA" in message else RuntimeError
    scorer = Scorer(tiny.model, tiny.tokenizer)

    def fail(*_, **__):
        raise kind(message)

    monkeypatch.setattr(tiny.model, "forward", fail)
    with pytest.raises(BadInput, match=r"a batch of 2 requests does not fit into memory; use a smaller --batch-tokens"):
        scorer.generations([GenerationRequest(text, 4) for text in ("tom has", "ben has")])
    message = "shapes differ"
    kind = RuntimeError
    with pytest.raises(RuntimeError, match="shapes differ"):
        scorer.generations([GenerationRequest("anna has", 4)])


def test_generation_equals_generate(tiny, model):
    """Our greedy loop writes what transformers' `generate` writes."""
    requests = requests_of("word_problems", 6)
    answers = Scorer(model, tiny.tokenizer).generations(requests)
    for request, answer in zip(requests, answers, strict=True):
        ids = torch.tensor([encode_prompt(request, tiny.tokenizer)])
        with torch.inference_mode():
            written = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=request.max_new_tokens, do_sample=False
            )[0, ids.shape[1] :]
        text = tiny.tokenizer.decode([t for t in written.tolist() if t != tiny.tokenizer.eos_token_id])

        assert text.startswith(answer.text) if answer.finish == "loop" else text == answer.text


def test_resumed_equals_uninterrupted(tiny, tmp_path):
    """A run that stopped half-way and had its last line cut gives the answers of one that did not."""
    requests = requests_of("facts", 10)
    whole = Scorer(tiny.model, tiny.tokenizer).log_likelihoods(requests)
    first = Scorer(tiny.model, tiny.tokenizer, tmp_path)
    first.log_likelihoods(requests[:20])
    path = first.store.path
    path.write_text(path.read_text()[:-30])
    resumed = Scorer(tiny.model, tiny.tokenizer, tmp_path)

    assert len(resumed.store.answers) == 19
    assert [a.value for a in whole] == pytest.approx([a.value for a in resumed.log_likelihoods(requests)], abs=1e-4)


def test_stored_answers_cost_nothing_and_are_never_anothers(tiny, tmp_path):
    """A second scorer reads answers back; a variant's scorer does not see the base's."""
    requests = requests_of("facts", 5)
    Scorer(tiny.model, tiny.tokenizer, tmp_path).log_likelihoods(requests)
    again = Scorer(tiny.model, tiny.tokenizer, tmp_path)
    again.log_likelihoods(requests)
    variant = Scorer(prune_layers(tiny.model, [5]), tiny.tokenizer, tmp_path)

    assert again.ledger.layer_forwards == 0
    assert variant.store.answers == {}


def test_a_skip_that_does_nothing_is_caught(tiny):
    """A model whose config says fewer layers than it runs cannot be scored."""
    lying = prune_layers(tiny.model, [5])
    lying.model.layers = copy.copy(tiny.model.model.layers)
    lying.config.num_hidden_layers = 12
    honest = Scorer(lying, tiny.tokenizer)
    honest.next_tokens([NextTokenRequest("1 + 1 =", ("2",))])
    lying.model.layers = torch.nn.ModuleList(list(tiny.model.model.layers)[:11])
    with pytest.raises(BadInput, match="expected one list of 12 decoder layers"):
        honest.next_tokens([NextTokenRequest("1 + 2 =", ("3",))])


def test_pruned_scores_equal_skipped_scores(tiny):
    """The scorer gives a variant the likelihoods of the base with those layers skipped by hook."""
    request = requests_of("facts", 1)[0]
    (answer,) = Scorer(prune_layers(tiny.model, [3, 7]), tiny.tokenizer).log_likelihoods([request])
    pair = encode_pair(request.context, request.continuation, tiny.tokenizer)
    with skip_by_hook(tiny.model, [3, 7]), torch.inference_mode():
        logits = tiny.model(torch.tensor([pair.ids]), use_cache=False).logits[0, pair.start - 1 : -1].log_softmax(-1)

    assert math.isclose(
        float(logits.gather(-1, torch.tensor(pair.ids[pair.start :])[:, None]).sum()), answer.value, abs_tol=1e-4
    )


def test_nan_logits_are_refused(tiny):
    """A model with broken weights gets a sentence instead of a score."""
    broken = copy.deepcopy(tiny.model)
    with torch.inference_mode():
        broken.model.norm.weight.data.fill_(math.nan)
    with pytest.raises(BadInput, match="the model produced NaN or infinite logits"):
        Scorer(broken, tiny.tokenizer).generations([GenerationRequest("hello", 4)])


def test_exactly_one_bos(tiny):
    """Plain text and chats start with one BOS, also where the text brings its own."""
    bos = tiny.tokenizer.bos_token_id
    for ids in (
        plain_ids("tom has 3 apples", tiny.tokenizer),
        plain_ids("<bos> tom has 3 apples", tiny.tokenizer),
        list(encode_prompt(GenerationRequest("tom has 3 apples", 4), tiny.tokenizer)),
    ):
        assert [bos] == [token for token in ids if token == bos]
        assert bos == ids[0]


def test_endings_are_labelled(tiny):
    """An answer that was cut says so; one that ended by itself too."""
    prompt = requests_of("word_problems", 1)[0].prompt
    full, cut = Scorer(tiny.model, tiny.tokenizer).generations(
        [GenerationRequest(prompt, 96), GenerationRequest(prompt, 5)]
    )

    assert (full.finish, cut.finish) == ("stop", "length")
    assert cut.tokens == 5


def test_stop_texts_end_an_answer_and_are_left_out(tiny):
    """The answer ends before the stop text."""
    prompt = requests_of("word_problems", 1)[0].prompt
    (answer,) = Scorer(tiny.model, tiny.tokenizer).generations([GenerationRequest(prompt, 96, stop=("####",))])

    assert "####" not in answer.text
    assert "=" in answer.text


def test_too_long_an_item_is_refused(tiny):
    """An item that does not fit the model's context says how long it is."""
    with pytest.raises(BadInput, match=r"an item needs \d+ tokens with its answer and the model takes 512"):
        Scorer(tiny.model, tiny.tokenizer).generations([GenerationRequest("tom " * 600, 8)])


def test_empty_continuation_is_refused(tiny):
    """An option without text cannot be scored."""
    with pytest.raises(BadInput, match="has no tokens; options must not be empty"):
        Scorer(tiny.model, tiny.tokenizer).log_likelihoods([LogLikelihoodRequest("tom has", "")])
