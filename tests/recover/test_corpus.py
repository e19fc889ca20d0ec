import json

import pytest

from harness.errors import BadInput
from harness.recover.corpora import corpus_label, named_corpus, require_corpus
from harness.recover.corpus import Corpus, Example, on_prompts_of, read_corpus, sample, shuffled
from harness.tasks.source import Hub, source_of


def test_rows_without_an_answer_are_left_out(tmp_path):
    """An empty answer teaches nothing."""
    path = tmp_path / "c.jsonl"
    rows = [{"question": "a", "answer": "b"}, {"question": "a", "answer": " "}, {"question": None, "answer": "c"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    corpus = read_corpus(path)

    assert [(example.id, example.prompt, example.answer) for example in corpus.examples] == [("0", "a", "b")]
    assert sample(shuffled(corpus, 0), 1, 0).unusable == 2


def test_an_unknown_row_format_is_named(tmp_path):
    """The error says which keys were found and which are read."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"text": "a"}\n')

    with pytest.raises(BadInput, match=r"row 0 has the keys \['text'\]; expected `messages`"):
        read_corpus(path)


def _corpus(n=20):
    families = ("a", "b")
    return Corpus(
        "c", tuple(Example(f"{families[i % 2]}|{i}", f"p{i}", f"{families[i % 2]} answer {i}") for i in range(n))
    )


def test_shuffling_moves_every_answer_within_its_family():
    """No prompt keeps its own answer, and none gets one of another family."""
    before, after = _corpus(), shuffled(_corpus(), seed=1)

    assert all(a.answer != b.answer for a, b in zip(before.examples, after.examples, strict=True))
    assert sorted(e.answer for e in before.examples) == sorted(e.answer for e in after.examples)
    assert all(example.answer[0] == example.id[0] for example in after.examples)


def test_a_sample_is_seeded():
    """The same seed draws the same examples, another seed others."""
    draws = [sample(_corpus(), 8, seed).fingerprint for seed in (0, 0, 1)]

    assert draws[0] == draws[1] != draws[2]


def test_a_corpus_can_be_cut_to_the_prompts_of_another():
    """So that two arms of a comparison learn from the same prompts, in the same order."""
    external = Corpus("external", tuple(Example(str(n), f"prompt {n}", f"answer {n}") for n in range(4)))
    own = Corpus("own", tuple(Example(f"{n}#0", f"prompt {n}", "mine") for n in (2, 0)))
    cut = on_prompts_of(external, own)

    assert (cut.name, [example.answer for example in cut.examples]) == ("external", ["answer 0", "answer 2"])
    assert on_prompts_of(external, external) == external


def test_the_small_tiers_corpus_is_on_the_hub_too(monkeypatch):
    """Without a data folder `alpaca` is the hub's alpaca-cleaned, not an unknown name."""
    asked = []
    monkeypatch.setattr("harness.recover.corpora.hub_corpus", lambda *given: asked.append(given))
    named_corpus("alpaca", Hub())

    assert asked == [("yahma/alpaca-cleaned", "alpaca")]


def test_corpora_of_one_name_are_told_apart():
    """Files that every trainer writes have their folder's name too; so have others that a run names twice."""
    assert corpus_label("a/train.jsonl") != corpus_label("b/train.jsonl")
    assert corpus_label("d/llm.jsonl.gz") == "llm"
    assert corpus_label("d/llm.jsonl", ["e/llm.jsonl", "d/llm.jsonl"]) == "d/llm"
    assert corpus_label("hub:a/x", ["hub:a/x", "hub:b/x"]) == "a/x"
    assert corpus_label("alpaca", ["alpaca", "dolly"]) == "alpaca"


@pytest.mark.parametrize(
    ("name", "tier", "data", "sentence"),
    [
        ("dolci", "tiny", None, r"--corpus dolci: unknown on the tiny tier; use alpaca-like, dolci-like, gold, hub:"),
        ("dolci", "small", None, r"unknown for a real model; use alpaca, dolly, gsm8k-train, alpaca-cleaned, hub:"),
        ("gold-word-problems", "gpu", None, "unknown for a real model"),
        ("dolly", "small", None, "sft/dolly_151.jsonl.gz has no copy on the hub .*--data DIR"),
        ("alpaca", "small", "here", "has no file sft/alpaca_en_demo.jsonl.gz"),
        ("mine.jsonl", "tiny", None, "--corpus mine.jsonl: there is no such file; expected `messages`"),
    ],
)
def test_a_corpus_that_cannot_be_had_is_named_before_it_is_read(tmp_path, name, tier, data, sentence):
    """With the names that there are."""
    with pytest.raises(BadInput, match=sentence):
        require_corpus(name, source_of(tier, tmp_path if data else None))


@pytest.mark.parametrize(
    ("name", "tier"), [("gold-word-problems", "tiny"), ("alpaca", "small"), ("gsm8k-train", "gpu"), ("hub:a/b", "gpu")]
)
def test_corpora_of_the_hub_and_of_the_mini_world_are_known(name, tier):
    """They need no folder."""
    require_corpus(name, source_of(tier, None))
