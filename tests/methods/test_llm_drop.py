"""Units that hardly turn the stream."""

from dataclasses import replace

import pytest
import torch

from harness.errors import BadInput
from harness.methods.llm_drop import unit_distances
from harness.methods.rank import rank_layers
from harness.models.structure import decoder_layers
from harness.prune.plan import LayerPlan
from harness.prune.units import unit_names
from harness.selfcheck.tiny_random import tiny_random


@pytest.fixture
def few_ids(monkeypatch):
    """Ids of the texts that fit a vocabulary of 96."""
    monkeypatch.setattr(
        "harness.methods.llm_drop.plain_ids",
        lambda text, tokenizer: [token % 90 for token in tokenizer(text).input_ids],
    )


def released(model, rows, target):
    """Similarities of one kind of unit as the authors record them (LLM-Drop @ 28b5dd1, `layer_drop.py`)."""
    inputs, outputs = [[] for _ in model.model.layers], [[] for _ in model.model.layers]
    handles = []
    for place, layer in enumerate(model.model.layers):
        norm, module = {
            "attn": (layer.input_layernorm, layer.self_attn),
            "mlp": (layer.post_attention_layernorm, layer.mlp),
        }[target]
        handles.append(norm.register_forward_hook(lambda _, given, __, place=place: inputs[place].append(given[0][0])))
        handles.append(
            module.register_forward_hook(
                lambda _, __, output, place=place: outputs[place].append(
                    (output[0] if isinstance(output, tuple) else output)[0]
                )
            )
        )
    with torch.no_grad():
        for row in rows:
            model(torch.tensor([row]), use_cache=False)
    for handle in handles:
        handle.remove()
    return [
        float(torch.nn.functional.cosine_similarity(torch.cat(x), torch.cat(x) + torch.cat(f), dim=-1).mean())
        for x, f in zip(inputs, outputs, strict=True)
    ]


def test_similarities_are_the_released_ones(small, texts, rows):
    """Oracle: what enters the norm before a unit, with and without what the unit adds, over all tokens."""
    distances = unit_distances(small, texts)

    for unit in ("attn", "mlp"):
        expected = [1 - similarity for similarity in released(small.model, rows, unit)]
        assert [distances[layer, unit] for layer in range(small.depth)] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "kinds"), [("llm_drop", ("attn", "mlp")), ("llm_drop_attention", ("attn",)), ("llm_drop_mlp", ("mlp",))]
)
def test_the_most_similar_units_go_twice_as_many_as_layers(name, kinds, small, texts, rows):
    """Of one kind or of both together, as the released code sorts them."""
    similar = {(place, kind): value for kind in kinds for place, value in enumerate(released(small.model, rows, kind))}
    gone = sorted(similar, key=similar.get, reverse=True)[:4]
    ranking = rank_layers(name, small, 2, texts)

    assert ranking.plan == LayerPlan.without_units(gone, small.depth)
    assert [text for text, _ in ranking.trace] == [f"{kind}{place}" for place, kind in gone]
    assert (ranking.scores is None) == (len(kinds) == 2)


def test_more_units_of_a_kind_than_layers_cannot_go(small, texts):
    """Four of six layers would be eight attentions."""
    with pytest.raises(BadInput, match="llm_drop_attention removes units of one kind, and of 6 layers no 8 can go"):
        rank_layers("llm_drop_attention", small, 4, texts)


@pytest.mark.parametrize("family", ["gemma2", "glm4", "olmo2"])
def test_what_a_norm_makes_of_a_unit_is_what_it_adds(family, small, texts, rows, few_ids):
    """Oracle: the stream before an MLP with and without it, by a layer whose last norm gives nothing."""
    model = tiny_random(family)
    distances = unit_distances(replace(small, model=model), texts)
    layer, seen = model.model.layers[2], []
    handle = layer.register_forward_hook(lambda _, __, output: seen.append(output[0]))
    norm = layer.get_submodule("post_mlp_layernorm" if family == "glm4" else "post_feedforward_layernorm")

    def nothing(_, __, output):
        return torch.zeros_like(output)

    turned = []
    with torch.no_grad():
        for row in rows:
            ids = torch.tensor([[token % 90 for token in row]])
            model(ids, use_cache=False)
            silenced = norm.register_forward_hook(nothing)
            model(ids, use_cache=False)
            silenced.remove()
            whole, without = seen[-2:]
            turned.append(1 - torch.nn.functional.cosine_similarity(without, whole, dim=-1))
    handle.remove()

    assert distances[2, "mlp"] == pytest.approx(float(torch.cat(turned).mean()), abs=1e-5)


def test_units_that_are_scaled_before_they_are_added_are_refused(texts, small, few_ids):
    """Granite multiplies what a unit returns."""
    granite = tiny_random("granite")
    for layer in granite.model.layers:
        layer.residual_multiplier = 0.5
    with pytest.raises(BadInput, match="GraniteDecoderLayer does not simply add what its attention and MLP return"):
        unit_distances(replace(small, model=granite), texts)


@pytest.mark.parametrize(("family", "parallel"), [("gpt_neox", True), ("cohere", True), ("llama", False)])
def test_an_mlp_beside_its_attention_is_compared_with_what_enters_the_layer(family, parallel, small, rows, few_ids):
    """Oracle: the stream that the MLP reads, with and without what it adds."""
    model, seen = tiny_random(family), {}
    text = small.tokenizer.decode(rows[0])
    distances = unit_distances(replace(small, model=model), [text])
    layer = decoder_layers(model).modules[2]

    def keep(name):
        def hook(_, args, kwargs, output):
            entering = args[0] if args else kwargs["hidden_states"]
            seen[name] = entering, output[0] if isinstance(output, tuple) else output

        return hook

    for name, unit in {
        "layer": layer,
        **{n: layer.get_submodule(path) for n, path in unit_names(layer).items()},
    }.items():
        unit.register_forward_hook(keep(name), with_kwargs=True)
    with torch.no_grad():
        model(torch.tensor([[token % 90 for token in small.tokenizer(text).input_ids]]), use_cache=False)
    stream = seen["layer"][0] if parallel else seen["layer"][0] + seen["attn"][1]
    similarity = torch.nn.functional.cosine_similarity(stream, stream + seen["mlp"][1], dim=-1).mean()

    assert distances[2, "mlp"] == pytest.approx(1 - float(similarity), abs=1e-6)


def test_an_mlp_that_reads_something_else_is_refused(texts, small, few_ids):
    """What it is compared with would be a guess."""
    model = tiny_random("llama")
    model.model.layers[1].mlp.register_forward_pre_hook(lambda _, args: (2 * args[0],))
    with pytest.raises(BadInput, match="MLP of LlamaDecoderLayer reads neither what enters the layer nor what leaves"):
        unit_distances(replace(small, model=model), texts)
