"""The card says where a folder comes from."""

from dataclasses import replace

from harness.export.card import Provenance, Score, model_card
from harness.prune.plan import parse_plan

ORIGIN = Provenance(
    "meta/llama@v1", "meta/llama", "aaaa", "bbbb", parse_plan("22-29", 32), "my/adapter", "bfloat16",
    "python -m harness export --drop 22-29", "2026-01-01", {"torch": "2.0"},
)  # fmt: skip


def test_the_card_names_base_layers_command_and_citation():
    """Everything needed to make the folder again, and the front matter the hub reads."""
    text = model_card(ORIGIN, [Score("gsm8k", 0.5, 0.25, 100)])

    assert text.startswith("---\nbase_model: meta/llama\nlibrary_name: transformers\n")
    for part in (
        "# llama@v1 without 22-29",
        "| removed | `22-29` of 32 layers (0-based, ranges inclusive) |",
        "| adapter folded in | `my/adapter` |",
        "`python -m harness export --drop 22-29` on 2026-01-01",
        "| gsm8k | 0.500 | 0.250 | 100 |",
        "arXiv:2602.01997",
    ):
        assert part in text


def test_a_card_without_scores_says_that_none_were_measured():
    """Nothing is implied about a model that was not evaluated."""
    text = model_card(ORIGIN, [])
    assert "None were measured. Depth pruning can look harmless" in text
    assert "0.5" not in text


def test_a_card_names_no_local_folder_as_hub_model():
    """The hub refuses a base_model that is a path."""
    text = model_card(replace(ORIGIN, base="/models/llama", hub=None), [])
    assert text.startswith("---\nlibrary_name: transformers\n")
    assert "unpruned model | `/models/llama`" in text


def test_a_card_says_whose_licence_holds():
    """It is the unpruned model's, and where its text is."""
    assert "holds for these weights: see `meta/llama@v1`." in model_card(ORIGIN, [])
    assert "holds for these weights: see `LICENSE`." in model_card(replace(ORIGIN, licences=["LICENSE"]), [])


def test_a_card_says_what_was_trained():
    """An adapter was, whether or not a repair came first; of a repair alone and of layers alone nothing was."""
    repaired = {"repair": "bias", "repaired_on": "gsm8k:32"}
    both = model_card(replace(ORIGIN, **repaired), [])

    assert "make up for them; an adapter was trained and is folded into the weights." in both
    assert "nothing was trained" not in both
    assert "| repaired by | bias, measured on gsm8k:32 |" in both
    assert "were removed; an adapter was trained and is folded into the weights." in model_card(ORIGIN, [])
    assert "make up for them; nothing was trained." in model_card(replace(ORIGIN, adapter=None, **repaired), [])
    assert "were removed; nothing was rescaled." in model_card(replace(ORIGIN, adapter=None), [])
