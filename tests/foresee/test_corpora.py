"""Recovery corpora of a plan: a part stands for a large one, a file at hand for one of the hub."""

import gzip
import json
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.foresee import corpora
from harness.foresee.corpora import foreseen
from harness.foresee.hands import Counting
from harness.foresee.work import of_pieces
from harness.prune.plan import LayerPlan
from harness.recover.recipe import recipe_named
from harness.score.ledger import Ledger
from harness.score.scorer import Scorer
from harness.subject import Subject
from harness.tasks.source import Bundled, Folder
from tests.foresee.test_hands import MODEL, RATES


@pytest.fixture
def data(tmp_path):
    """A data folder with four examples of Alpaca."""
    path = tmp_path / "data" / "sft" / "alpaca_en_demo.jsonl"
    path.parent.mkdir(parents=True)
    rows = [{"instruction": f"say {word}", "input": "", "output": word} for word in ("a", "b", "c", "d")]
    with gzip.open(f"{path}.gz", "wt") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return Folder(tmp_path / "data")


def test_a_corpus_of_the_hub_is_as_long_as_a_file_like_it(data):
    """The hub is not asked: each example at hand stands for as many as the paper's corpus has more."""
    found, said = foreseen("alpaca-cleaned", data, (), None, 0, whole=False)

    assert (found.name, len(found.examples), found.stands_for) == ("alpaca-cleaned", 4, 51_760 / 4)
    assert said == (
        "alpaca-cleaned: its 51,760 examples are taken to be as long as those of sft/alpaca_en_demo.jsonl.gz"
    )


def test_no_more_are_meant_than_the_run_takes(data):
    """`--examples 10` of it are ten, and three are three."""
    assert foreseen("alpaca-cleaned", data, (), 10, 0, whole=False)[0].stands_for == 2.5
    few, _ = foreseen("alpaca-cleaned", data, (), 3, 0, whole=False)
    assert (len(few.examples), few.stands_for) == (3, 1.0)


def test_without_a_file_like_it_the_hub_is_asked(tmp_path, monkeypatch):
    """What it says is what the run would say."""

    def refused(*_):
        raise BadInput("the hub is away")

    monkeypatch.setattr("harness.recover.corpora.hub_corpus", refused)
    with pytest.raises(BadInput, match=r"^the hub is away$"):
        foreseen("alpaca-cleaned", Folder(tmp_path), (), None, 0, whole=False)


def test_a_part_stands_for_a_large_corpus(monkeypatch):
    """The mini-world's thousand examples, where two hundred are many; those that are stored are named one by one."""
    monkeypatch.setattr(corpora, "PART", 200)
    found, said = foreseen("gold", Bundled(), (), None, 0, whole=False)

    assert (len(found.examples), found.stands_for) == (200, 5.0)
    assert said == "gold: 200 of its 1,000 examples were walked through and stand for all"
    assert foreseen("gold", Bundled(), (), None, 0, whole=True)[0].stands_for == 1.0
    assert foreseen("gold", Bundled(), (), 400, 0, whole=False)[0].stands_for == 1.0


def test_what_a_part_asks_and_learns_is_counted_for_all(tiny, tmp_path, monkeypatch):
    """Five times a fifth of the examples comes to what all of them come to, within a tenth."""

    def counted(part):
        monkeypatch.setattr(corpora, "PART", part)
        counting = Counting("tiny", folder=tmp_path)
        plain = Subject(tiny, "tiny", Bundled(), 6, tmp_path)
        subject = replace(plain, hands=counting.hands, ledger=Ledger(), plans_asked=[])
        corpus, _ = subject.recoveries.self_generated(subject.recoveries.corpus("dolci-like"))
        recipe = recipe_named("tiny-last-layers")
        subject.recoveries.recover(LayerPlan.without((2,), 12), corpus, 0, recipe=recipe)
        pieces, lengths = counting.notes.pieces, counting.sight.lengths
        (run,) = counting.notes.trainings
        return of_pieces(pieces, MODEL, RATES, lengths), run, sum(one.times * len(one.asked) for one in pieces)

    (whole, learned, asked), (part, run, meant) = counted(1000), counted(200)

    assert meant == asked == 1000
    assert part.prompts == pytest.approx(whole.prompts, rel=0.1)
    assert part.written == pytest.approx(whole.written, rel=0.1)
    assert part.flops == pytest.approx(whole.flops, rel=0.2)  # of a part other rows are padded
    assert run.tokens == pytest.approx(learned.tokens, rel=0.1)
    assert run.steps == pytest.approx(learned.steps, rel=0.1)
    assert run.beginning.tokens == pytest.approx(learned.beginning.tokens, rel=0.1)
    assert run.name != learned.name


def test_a_store_that_holds_answers_is_looked_at_whole(tiny, tmp_path, monkeypatch):
    """Else what is stored of a corpus would be planned again; a store that was only made holds none."""
    monkeypatch.setattr(corpora, "PART", 200)
    (tmp_path / ".gitignore").touch()
    assert len(Counting("tiny", folder=tmp_path).corpus("gold", Bundled(), (), None, 0).examples) == 200
    (tmp_path / "kept.jsonl").touch()
    counting = Counting("tiny", folder=tmp_path)

    assert len(counting.corpus("gold", Bundled(), (), None, 0).examples) == 1000
    assert counting.notes.cannot == []
    assert len(Counting("tiny", folder=tmp_path / "none").corpus("gold", Bundled(), (), None, 0).examples) == 200


def test_corpora_of_the_same_prompts_are_told_apart(tiny, tmp_path, monkeypatch):
    """A part that stands for all does not make more of a whole one that shares its prompts."""
    monkeypatch.setattr(corpora, "PART", 200)
    counting = Counting("tiny", folder=tmp_path)
    large, small = (counting.corpus("gold", Bundled(), (), n, 0) for n in (None, 50))
    scorer = counting.scorer(LayerPlan.full(12), Scorer(tiny.model, tiny.tokenizer))
    for corpus in (large, small):
        own, _ = counting.self_generated(scorer, replace(corpus, examples=corpus.examples[:20]), 8)
        assert own.stands_for == corpus.stands_for

    assert {piece.times for piece in counting.notes.pieces} == {5.0, 1.0}
    assert counting.sight.stands_for == 1.0


def test_a_sentence_is_noted_once(data):
    """However often a check opens the corpus."""
    counting = Counting("gpu")
    for _ in range(2):
        counting.corpus("alpaca-cleaned", data, (), None, 0)

    assert len(counting.notes.cannot) == 1
