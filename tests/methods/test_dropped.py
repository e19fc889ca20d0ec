"""A choice of layers made elsewhere, as a method."""

import json

import pytest

from harness.errors import BadInput
from harness.methods.dropped import in_layers, is_dropped, require_chooser
from harness.methods.rank import rank_layers, resolve_method
from harness.prune.mergekit import to_yaml
from harness.prune.plan import LayerPlan


def removed(name, loaded, n=3):
    """The plan that a method removes, in words."""
    return rank_layers(name, loaded, n, []).plan.describe()


@pytest.mark.parametrize("said", ["4-6", "3,5-6", "4-5,attn7,mlp8"])
def test_layers_are_named_as_a_plan_is(tiny, said):
    """Ranges, single layers and units."""
    assert removed(f"drop:{said}", tiny) == said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("merge.yaml", to_yaml(LayerPlan.without((4, 5, 6), 12), "somewhere/else", "bfloat16")),
        ("nemo.yaml", "prune:\n  drop_layers: [5, 6, 7]\n"),
        ("nemo.json", json.dumps({"drop_layers": [7, 5, 6]})),
        ("fair.json", json.dumps({"pruning_type": "DEPTH", "layer_indices": [6, 5, 4]})),
    ],
)
def test_files_of_other_tools_are_read(tiny, tmp_path, name, content):
    """Each counts layers in its own way; all four remove layers 4 to 6."""
    (tmp_path / name).write_text(content)

    assert removed(f"drop:{tmp_path / name}", tiny) == "4-6"


def test_another_number_of_layers_is_no_choice_of_anybody(tiny):
    """The sentence has the ratio at which the list can be asked for."""
    with pytest.raises(BadInput) as refused:
        removed("drop:4-5", tiny)

    assert str(refused.value) == (
        "--method drop:4-5: removes 2 of 12 layers, and this asks for 3; a list is asked at its own ratio, "
        "--ratio 0.167"
    )
    assert removed("drop:4-5", tiny, 2) == "4-5"


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("depth", [12, 24, 26, 28, 30, 32, 48, 80])
def test_the_ratio_that_is_named_removes_as_much(size, depth):
    """Rounded down, as ratios are."""
    from harness.methods.dropped import ratio_of
    from harness.prune.ratio import layer_count

    if size < depth:
        assert layer_count(ratio_of(size, depth), depth) == size


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("4-6,", "'' in '4-6,' is no layer or range"),
        ("6-4", "'6-4' in '6-4' is no layer or range"),
        ("4,4,5", "layer 4 is named twice"),
        ("absent.yaml", "absent.yaml cannot be read (No such file or directory); expected YAML or JSON of mergekit"),
    ],
)
def test_what_is_no_list_is_refused_before_a_model_is_loaded(said, why):
    """When the command line is read."""
    with pytest.raises(BadInput) as refused:
        resolve_method(f"drop:{said}")

    assert str(refused.value).startswith(f"--method drop:{said}: {why}")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("slices: 3", "merge_method is None, expected 'passthrough'"),
        ("layers: [1, 2]", "has none of what is read; expected a single one of slices, drop_layers, layer_indices"),
        (
            "{drop_layers: [1], layer_indices: [0]}",
            "has 2 lists (drop_layers, layer_indices); expected a single one of",
        ),
        ("drop_layers: [0, 1]", "drop_layers is [0, 1], expected a list of whole numbers from 1 on"),
        ("layer_indices: 7", "layer_indices is 7, expected a list"),
        ("layer_indices: [1.5]", "layer_indices is [1.5], expected a list"),
        ("[1, 2]", "has none of what is read"),
        ("{a: {layer_indices: [2]}, b: {layer_indices: [3]}}", "has 2 lists (layer_indices, layer_indices)"),
        ("{", "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, why):
    """By its name and what it holds."""
    (tmp_path / "list.yaml").write_text(content)

    with pytest.raises(BadInput) as refused:
        resolve_method(f"drop:{tmp_path / 'list.yaml'}")
    assert why in str(refused.value)


def test_layers_of_a_deeper_model_are_refused(tiny, tmp_path):
    """Whether they are to go or to stay."""
    (tmp_path / "merge.yaml").write_text(to_yaml(LayerPlan.without((4, 5, 6), 24), "else", "bfloat16"))

    with pytest.raises(BadInput, match="keeps layer 23, and the model's are 0 to 11; is it of another model"):
        removed(f"drop:{tmp_path / 'merge.yaml'}", tiny)
    with pytest.raises(BadInput, match="--method drop:11-13: "):
        removed("drop:11-13", tiny)


def test_a_single_unit_is_no_whole_number_of_layers(tiny):
    """Two units are a layer."""
    with pytest.raises(BadInput, match="removes 5 units, and two are a layer"):
        removed("drop:4-5,attn7", tiny)


def test_a_function_of_a_module_called_drop_stays_one():
    """Only layers and files are lists."""
    assert not is_dropped("drop:rank_layers")
    assert not is_dropped("droplet:f")
    for said in ("mlp3,5", "attn7", " 2,6-7", "-3", "M.YAML", "17", ""):
        assert is_dropped(f"drop:{said}")
    assert is_dropped("drop:prune.yml")


def test_a_file_is_known_by_the_layers_in_it(tmp_path):
    """A row has to say what was removed, whatever the file holds tomorrow; a method is called by its name."""
    (tmp_path / "list.json").write_text(json.dumps({"layer_indices": [2, 6, 7]}))

    assert in_layers(f"drop:{tmp_path / 'list.json'}", 12) == "drop:2,6-7"
    assert in_layers("drop:6-7, 2", 12) == "drop:2,6-7"
    assert in_layers("reverse", 12) == "reverse"


def test_a_list_is_judged_by_no_contract():
    """It has an answer to one question only."""
    with pytest.raises(BadInput, match="--method drop:2,6-7: a list of layers is no method"):
        require_chooser("drop:2,6-7")
    require_chooser("reverse")
