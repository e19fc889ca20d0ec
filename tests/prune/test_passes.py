from harness.prune.passes import counted_passes
from harness.prune.surgery import prune_layers


def test_passes_of_the_base_and_of_variants_count(tiny):
    """Also those below the output layer; nothing is counted before or after."""
    import torch

    ids = torch.tensor([[2, 5, 6], [2, 7, 8]])
    with torch.inference_mode():
        tiny.model(ids)
        with counted_passes(tiny.model) as passes:
            tiny.model(ids)
            prune_layers(tiny.model, [3])(ids[:, :2])
            tiny.model.base_model(ids[:1])
        tiny.model(ids)

    assert (passes.count, passes.tokens) == (3, 6 + 4 + 3)
