"""A plan as mergekit's configuration, and back."""

import re
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.mergekit import from_yaml, ranges, to_yaml
from harness.prune.plan import LayerPlan, parse_plan

depths = st.integers(2, 40)
plans = depths.flatmap(
    lambda depth: st.sets(st.integers(0, depth - 1), max_size=depth - 1).map(lambda out: LayerPlan.without(out, depth))
)


@given(plans)
def test_a_plan_is_read_back(plan):
    """What is written for mergekit is the plan that is read from it."""
    found = from_yaml(to_yaml(plan, "owner/name@v1", "bfloat16"), "a.yaml")
    assert (LayerPlan(found.kept, plan.depth), found.model, found.dtype) == (plan, "owner/name@v1", "bfloat16")


@given(plans)
def test_ranges_are_half_open_and_cover_the_kept_layers(plan):
    """Runs neither touch nor overlap, and together are the layers."""
    found = ranges(plan.kept)
    assert [layer for first, end in found for layer in range(first, end)] == list(plan.kept)
    assert all(end < first for (_, end), (first, _) in pairwise(found))


def slices(*sources, method="passthrough", **more):
    return yaml.safe_dump(
        {"merge_method": method, "slices": [{"sources": [{"model": m, "layer_range": r}]} for m, r in sources], **more}
    )


def scaled(**where):
    """One slice that takes layers and does more; `where` says at which level."""
    only = {"model": "m", "layer_range": [0, 2], **where.get("input", {})}
    return yaml.safe_dump({"merge_method": "passthrough", "slices": [{"sources": [only], **where.get("output", {})}]})


SCALE = {"parameters": {"scale": 0.5}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "a.yaml is no YAML"),
        ("a: 2020-13-45", "a.yaml is no YAML"),
        ("[" * 5000, "a.yaml is no YAML"),
        ("- 1", "a.yaml: merge_method is 'list', expected 'passthrough'"),
        (slices(("m", [0, 2]), method="slerp"), "a.yaml: merge_method is 'slerp', expected 'passthrough'"),
        (slices(("m", [0, 2]), ("n", [2, 4])), "a.yaml takes layers of m and n; expected one model"),
        (slices(("m", [0, 4]), ("m", [2, 6])), "a.yaml takes layers [0, 4), [2, 6), some twice"),
        ("merge_method: passthrough", "a.yaml: slice 0 is None, expected sources:"),
        (slices(("m", [0])), "a.yaml: slice 0 is {'sources'"),
        (slices(), "a.yaml: slice 0 is None, expected sources:"),
        (slices(("m", [0, 2]), ("m", [5, 3])), "a.yaml: slice 1 is"),
        (slices(("m", [0, 2.9])), "a.yaml: slice 0 is"),
        (slices((None, [0, 2])), "a.yaml: slice 0 is"),
        (slices(("m+lora", [0, 2])), "a.yaml takes layers of m+lora, a model with a LoRA"),
        (slices(("m", [0, 2]), **SCALE), "a.yaml sets 'parameters', and only merge_method, dtype, slices can"),
        (slices(("m", [0, 2]), tokenizer_source="n"), "a.yaml sets 'tokenizer_source'"),
        (scaled(output=SCALE), "a.yaml sets 'parameters', and only sources can"),
        (scaled(input=SCALE), "a.yaml sets 'parameters', and only model, layer_range can"),
    ],
)
def test_a_configuration_that_is_no_pruning_says_why(text, sentence):
    """Each has its sentence."""
    with pytest.raises(BadInput, match=re.escape(sentence)):
        from_yaml(text, "a.yaml")


def test_units_are_not_written_for_mergekit():
    """Passthrough takes whole layers only."""
    with pytest.raises(BadInput, match="plan 3,attn1: mergekit's passthrough takes whole layers"):
        to_yaml(parse_plan("3,attn1", 6), "m", "float32")


@pytest.mark.parametrize("span", [[0, 99_999_999_999], [-1, 4], [0, 10**30]])
def test_a_range_beyond_any_model_takes_no_memory(span):
    """It is refused as it is written."""
    with pytest.raises(BadInput, match=r"a.yaml: slice 0 is .*expected sources:"):
        from_yaml(slices(("m", span)), "a.yaml")


def test_many_long_slices_of_the_same_layers_take_none_either():
    """Slices are compared by their ends, not layer by layer."""
    with pytest.raises(BadInput, match=r"takes layers \[0, 100000\), \[0, 100000\), .*some twice or out of order"):
        from_yaml(slices(*[("m", [0, 100_000])] * 5_000), "a.yaml")
