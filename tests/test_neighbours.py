"""Checks of neighbouring papers as a user starts them: another checkpoint, and the gpu tier's path on a CPU."""

import json
from pathlib import Path

import pytest

from harness import load_model, prune_layers

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path, pytester, monkeypatch, tiny):
    """Runs `pytest checks/neighbours` in the checkout; its report and store are temporary.

    In this process, where what loading a model imports is there before.
    """
    monkeypatch.chdir(ROOT)

    def start(*options, checks="checks/neighbours"):
        return pytester.runpytest_inprocess(
            checks, "-p", "no:cacheprovider", "-q", "--rootdir", str(ROOT),
            "--store", str(tmp_path / "store"), "--report", str(tmp_path / "report"), *options,
        )  # fmt: skip

    return start


def claims(tmp_path):
    """The run's claims."""
    return json.loads((tmp_path / "report" / "verdicts.json").read_text())["claims"]


def test_a_related_checkpoint_is_compared_layer_by_layer(run, tmp_path):
    """The tiny model half-trained, by `--related`, on a few items: one claim, of both models' layers."""
    related = ROOT / "fixtures" / "tiny-50pct"
    done = run("-m", "neighbour", "-k", "related", "--related", str(related), "--limit", "16")

    (claim,) = claims(tmp_path)
    assert claim["claim"] == "layer-importance-is-invariant", done.stdout.str()
    assert claim["params"]["related"] == "tiny-50pct"
    assert {len(lost) for lost in claim["measurements"]["lost_by_layer"].values()} == {12}
    plain = claim["measurements"]["agreement"]["tiny-50pct"]
    assert claim["effect"]["estimate"] > plain["estimate"] > 0  # which the items' luck blurs


def test_a_related_checkpoint_of_another_depth_is_refused(run, tmp_path):
    """One sentence with both depths, before anything is evaluated."""
    tiny = load_model("tiny")
    prune_layers(tiny.model, [3]).save_pretrained(tmp_path / "shallow")
    tiny.tokenizer.save_pretrained(tmp_path / "shallow")
    done = run("-m", "neighbour", "-k", "related", "--related", str(tmp_path / "shallow"), "--limit", "16")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "has 11 layers, expected the 12 of tiny; name a checkpoint of the same architecture" in done.stdout.str()


def test_another_family_is_compared_over_relative_depth(run, tmp_path):
    """The half-trained tiny model without a layer in the place of another family: other depths, one order."""
    half = load_model(str(ROOT / "fixtures" / "tiny-50pct"))
    prune_layers(half.model, [3]).save_pretrained(tmp_path / "shallow")
    half.tokenizer.save_pretrained(tmp_path / "shallow")
    options = ("--related", str(tmp_path / "shallow"), "--limit", "16")
    done = run(*options, checks="checks/test_positions_vary_by_family.py")

    (claim,) = claims(tmp_path)
    assert claim["claim"] == "positions-vary-by-family", done.stdout.str()
    assert claim["params"]["related"] == "shallow"
    assert {name: len(lost) for name, lost in claim["measurements"]["lost_by_layer"].items()} == {
        "tiny": 12,
        "shallow": 11,
    }
    assert claim["effect"]["unit"] == "1 - correlation"
    assert claim["verdict"] != "reproduced"


def test_the_gpu_tiers_path_runs_on_a_cpu(run, tmp_path):
    """Width against depth on a random stand-in: 4-bit recovery, real task formats, no verdict."""
    done = run("-m", "gpu and neighbour", "--dry-run", "--model", "google/gemma-2-2b-it", "-k", "width")

    assert done.ret == 0, done.stdout.str()
    assert [(claim["claim"], claim["verdict"]) for claim in claims(tmp_path)] == [
        ("width-keeps-what-depth-loses", "inconclusive")
    ]


def test_claims_about_single_layers_share_one_sweep(run, tmp_path):
    """On a few items: each has a row of all twelve layers, and the last one finds every answer in the store."""
    run("-m", "neighbour", "-k", "half or likelihood or helps or cosine", "--limit", "32")
    rows = {claim["claim"]: claim for claim in claims(tmp_path)}

    assert set(rows) == {
        "second-half-costs-less", "likelihood-spares-other-layers", "one-layer-less-helps", "cosine-is-a-poor-proxy",
    }  # fmt: skip
    halves, cosine = (rows[name]["measurements"] for name in ("second-half-costs-less", "cosine-is-a-poor-proxy"))
    assert [point["x"] for point in halves["curve"]["points"]] == list(range(12))
    assert {len(scores) for scores in cosine["one_minus_cosine"].values()} == {len(cosine["lost_by_layer"])} == {12}
    assert cosine["lost_by_layer"][0] == max(cosine["lost_by_layer"])
    assert {len(lost) for lost in rows["likelihood-spares-other-layers"]["measurements"]["lost_by_layer"].values()} == {
        12
    }
    assert rows["second-half-costs-less"]["cost"]["generated_tokens"] == 0  # what the others wrote


def test_claims_about_what_is_chosen_and_what_goes(run, tmp_path):
    """On a few items: every claim has a row, and says what each method chose; where nothing was lost too."""
    few = ("--limit", "16", "--ratio", "0.1", "--calibration", "wikitext2:4x16", "--method", "block_influence")
    run("-m", "neighbour", "-k", "answers_agree or attention_costs or demoted", *few)
    rows = {claim["claim"]: claim["measurements"] for claim in claims(tmp_path)}

    sets, units = rows["answers-agree-within-an-objective"], rows["attention-costs-less-than-mlps"]["removed_by"]
    assert len(sets["pairs"]) == 21
    assert all(0 <= both["jaccard"] <= 1 and 0 <= both["apart"] <= 1 for both in sets["pairs"].values())
    assert sets["calibrated_on"].startswith("mini-world-text:4x16")
    assert [units[role].count(unit) for role, unit in (("attention", "attn"), ("mlps", "mlp"))] == [1, 1]
    assert set(rows["lost-answers-are-demoted"]["items"]) == {"recognised", "lost"}


REPAIR = "checks/neighbours/test_a_repair_restores_arithmetic.py"


def test_too_few_calibration_tokens_are_no_finding_about_repairs(run, tmp_path):
    """One sentence before the model is asked, and no row: a repair that was not made has contradicted nothing."""
    options = ("--method", "block_influence", "--calibration", "wikitext2:4x32", "--limit", "100")
    output = run("-m", "neighbour", *options, checks=REPAIR).stdout.str()

    assert "1 failed" in output
    assert "repair low_rank was given 128 calibration tokens, and of fewer than 256 it would fit their noise" in output
    assert "give more or longer texts: 8 such as these, or more (--calibration)" in output
    assert not (tmp_path / "report" / "verdicts.json").exists()


def test_a_row_says_what_its_repairs_were_measured_on(run, tmp_path):
    """Also where the method looks at no text: other texts are other repairs, and a baseline of their own."""
    run("-m", "neighbour", "--method", "reverse", "--calibration", "wikitext2:8x32", "--limit", "16", checks=REPAIR)

    (claim,) = claims(tmp_path)
    assert claim["params"]["calibration"] == "mini-world-text:8x32"


@pytest.mark.parametrize(
    "check",
    [
        "test_more_training_does_not_restore.py",
        "test_self_generated_beats_external.py",
        "neighbours/test_partial_layers_match_lora.py",
        "neighbours/test_reverse_suffices_after_finetuning.py",
        "neighbours/test_width_keeps_what_depth_loses.py",
        "neighbours/test_full_weights_beat_lora.py",
    ],
)
def test_a_claim_about_training_takes_no_recipe_without_any(run, tmp_path, check):
    """One sentence before the model is asked."""
    output = run(
        "-m", "trains or neighbour", "--method", "reverse", "--recipe", "bias", checks=f"checks/{check}"
    ).stdout.str()

    assert "1 failed" in output
    assert "--recipe bias: trains nothing, and" in output
    assert not (tmp_path / "report" / "verdicts.json").exists()
