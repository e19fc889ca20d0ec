import pytest

from harness.labels import distinct, label, tails


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/data/qwen2.5-7b", "qwen2.5-7b"),
        ("/data/run-a/checkpoint-500", "run-a/checkpoint-500"),
        ("/data/run-a/checkpoints/step_20", "run-a/checkpoints/step_20"),
        ("/data/run-a/final", "run-a/final"),
        ("/data/run-a/Merged", "run-a/Merged"),
        (f"/hub/models--Qwen--Qwen2.5-7B/snapshots/{'a1' * 20}", f"models--Qwen--Qwen2.5-7B/snapshots/{'a1' * 20}"),
        ("a/train", "a/train"),
        ("alpaca", "alpaca"),
        ("7", "7"),
        ("meta/llama@checkpoint-1", "llama@checkpoint-1"),
    ],
)
def test_a_label_says_which(place, expected):
    """The last part, with its parents where every trainer writes it."""
    assert label(place.split("/")) == expected


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["x/a/llama", "x/b/llama"], ["a/llama", "b/llama"]),
        (["x/a/llama", "x/a/llama"], ["llama", "llama"]),
        (["x/Llama", "y/llama"], ["x/Llama", "y/llama"]),
        (["a/c/final", "b/c/final", "b/d/final"], ["a/c/final", "b/c/final", "d/final"]),
        (["meta/llama", "unsloth/llama", "meta/qwen"], ["meta/llama", "unsloth/llama", "qwen"]),
        (["llama", "x/llama"], ["llama", "x/llama"]),
        (["m@v1.0", "m@v2.0"], ["m@v1.0", "m@v2.0"]),
    ],
)
def test_labels_are_as_long_as_they_must_be(places, expected):
    """Two places that differ have labels that differ, also on a disk that ignores case."""
    assert distinct([place.split("/") for place in places]) == expected


def test_every_label_that_a_place_may_have():
    """The shortest first."""
    assert tails(["d", "run-a", "final"]) == ["run-a/final", "d/run-a/final"]
