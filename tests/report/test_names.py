import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.report.names import distinct_slugs, in_words, record_name, slug, slug_of
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.score.ledger import Cost


def row(claim="a-claim", model="tiny", **params):
    """A decided claim."""
    effect = Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction")
    return ClaimRecord(
        claim, "A claim", "tiny", model, "abc", params, "reproduced", "because", effect, 0.03, 10, (0,),
        PaperFigure("x", "y"), Cost(),
    )  # fmt: skip


def test_every_value_of_an_option_is_in_a_file_name():
    """Two runs with other corpora get other names."""
    assert slug_of("corpora", ("alpaca", "dolly")) == "corpora-alpaca+dolly"
    assert slug_of("corpora", ("alpaca-dolly",)) == "corpora-alpaca-dolly"
    assert slug_of("recipe", "tiny-qlora") == "recipe-tiny-qlora"
    assert slug_of("seeds", 1) == "seeds-1"
    assert slug_of("corpora", ("a/train.jsonl",)) != slug_of("corpora", ("b/train.jsonl",))


def test_names_are_readable():
    """Claim, model, parameters, then the run's options, each a part of its own."""
    assert record_name(row(method="block_influence", ratio=0.25, limit=None, protocol="sound")) == (
        "a-claim--tiny--block-influence--0.25"
    )
    unusual = row(method="reverse", limit=60, protocol="paper", dtype="bfloat16", recovery={"recipe": "x", "seeds": 2})
    assert record_name(unusual) == "a-claim--tiny--reverse--limit60--paper--dtype-bfloat16--recipe-x--seeds-2"
    assert record_name(row(limit=60, race="on")) == "a-claim--tiny--limit60--race-on"
    assert record_name(row(model="run-a/final")).startswith("a-claim--run-a-final-")


ROWS = [
    row(), row("b-claim"), row(model="A"), row(model="a"), row(model="x/y"), row(model="x-y"), row(model="x_y"),
    row(model="x y"), row(model="model@refs/pr/3"), row("b-claim", model="model@refs/pr/3"), row(model="é"),
    row(model="e\u0301"), row(model="模型"), row(model="型模"), row(model="."), row(model=".."), row(model="-"),
    row(model="n" * 300), row(model="n" * 301), row(model="tiny", method="reverse"), row(model="tiny-reverse"),
    row(model="tiny", method="reverse_a"), row(model="tiny-reverse", method="a"), row(method="pkg.mod:f"),
    row(method="pkg.mod.f"), row(corpus="a/train.jsonl"), row(corpus="b/train.jsonl"), row(corpus="a-train.jsonl"),
    row(ratio=0.25), row(ratio=0.250001), row(limit=100), row(limit=10), row(dtype="bfloat16"),
    row(recovery={"recipe": "x"}), row(recovery={"corpora": ("a", "b")}), row(recovery={"corpora": ("a-b",)}),
    row(x="a" * 100, y="b" * 100), row(x="a" * 100, y="b" * 101),
]  # fmt: skip


def test_two_rows_never_share_a_file():
    """Slashes, case, unicode, length, look-alikes: not even where a disk ignores case."""
    names = [record_name(record).casefold() for record in ROWS]
    assert [name for name, other in itertools.pairwise(sorted(names)) if name == other] == []


def test_every_name_can_be_written(tmp_path):
    """Short enough for any disk, with every ending, and inside the folder."""
    for name in map(record_name, ROWS):
        path = tmp_path / f"{name}-retention.png"
        path.write_text("")
        assert path.parent == tmp_path
        assert len(name.encode()) < 200


def test_parameters_are_told_by_name():
    """As far as they are not as usual."""
    assert in_words({"method": "reverse", "ratio": 0.25, "limit": 60, "protocol": "sound", "looks": None}) == (
        "method reverse, ratio 0.25, limit 60"
    )
    assert in_words({"items_per_task": 3, "recovery": {"corpora": ["alpaca", "mine"], "examples": 32}}) == (
        "items per task 3, recovery corpora alpaca+mine, recovery examples 32"
    )


@given(st.lists(st.text(max_size=40), unique=True))
def test_variants_of_a_claim_have_files_of_their_own(variants):
    """Whatever a check calls them."""
    names = list(distinct_slugs(variants).values())
    assert len({name.casefold() for name in names}) == len(variants)
    assert all(name and Path(name).name == name and name.strip(".") for name in names)


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_slug_names_its_text(first, second):
    """Equal only where the texts are."""
    assert (slug(first) == slug(second)) is (first == second)
