"""What a pass costs beside its tokens, on a CPU and on a GPU."""

from types import SimpleNamespace

import pytest

from harness.score.overhead import body, launched, pass_overhead


@pytest.mark.parametrize(
    ("layers", "weights", "least", "most"),
    [(32, 7.0e9, 500, 1000), (26, 2.0e9, 1500, 2500), (24, 0.36e9, 8000, 12000), (12, 2.4e6, 500_000, 10**6)],
)
def test_a_small_model_waits_longer_for_python(layers, weights, least, most):
    """In tokens that a GPU could have run meanwhile: an 8B model about 700, a 0.5B model ten thousand."""
    assert least < launched(layers, int(weights)) < most


def test_on_a_cpu_it_is_a_part_of_the_budget(tiny):
    """And nothing where a batch is to be as small as can be."""
    assert [pass_overhead(tiny.model, budget) for budget in (8192, 200, 1)] == [40, 1, 0]


def test_on_a_gpu_it_is_no_more_than_the_budget(tiny):
    """A batch of one row stays one of one row."""
    there = SimpleNamespace(
        device=SimpleNamespace(type="cuda"), config=tiny.model.config, parameters=tiny.model.parameters,
        get_input_embeddings=tiny.model.get_input_embeddings, get_output_embeddings=tiny.model.get_output_embeddings,
    )  # fmt: skip

    assert [pass_overhead(there, budget) for budget in (8192, 1)] == [8192, 1]


def test_embeddings_and_output_layer_are_not_run_for_every_token(tiny):
    """Tied or not, they are no part of a layer."""
    table = tiny.model.get_input_embeddings().weight.numel()

    assert body(tiny.model) + table == tiny.model.num_parameters()
