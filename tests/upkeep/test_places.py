"""Findings about folders: each with one that is right and one that is not."""

import pytest

from harness.sizes import GIGABYTE
from harness.upkeep import places
from harness.upkeep.hardware import TINY_MEMORY, Memory
from harness.upkeep.places import ModelPlace, StorePlace
from harness.upkeep.software import Libraries

GB = int(GIGABYTE)
CPU = Libraries(torch="2.13.0+cpu", causal=True)
CARD = Libraries(torch="2.13.0", cuda="12.8", gpus=(("L4", 24 * GB, 20 * GB),), causal=True)
ROOM = Memory(32 * GB, int(TINY_MEMORY) + 10 * GB)


def test_what_came_with_the_package_is_as_released_or_named():
    """Three names at most."""
    assert places.bundled_finding([]).state == "ok"
    found = places.bundled_finding(["tiny/a", "tiny/b", "data/c", "data/d"])

    assert (found.state, found.needed) == ("missing", True)
    assert found.says == "not as released: tiny/a, tiny/b, data/c and 1 more"
    assert found.mend.startswith("git checkout -- fixtures")


def test_a_data_folder_says_what_can_be_asked():
    """Of each file that is not right: why, and the tasks that read it; tasks that read none are not named."""
    readers = {"easy": ("a",), "hard": ("a", "b"), "long": ("c",), "tiny": ()}
    whole, absent, torn = places.data_findings("D", {"b": "missing", "c": "D/c, line 3: not JSON"}, readers)

    assert (whole.state, whole.says) == ("ok", "D has the files of easy")
    assert (absent.state, absent.says) == ("missing", "D has no b: not asked are hard")
    assert absent.mend == "put the file at D/b (docs/data.md)"
    assert (torn.state, torn.says) == ("missing", "not asked are long: D/c, line 3: not JSON")
    assert not any(finding.needed for finding in (whole, absent, torn))


def test_a_folder_of_something_else_is_one_line():
    """Or one that is not there."""
    (found,) = places.data_findings("D", {"a": "missing", "b": "missing"}, {"easy": ("a",), "hard": ("a", "b")})

    assert (found.state, found.says) == ("missing", "D holds none of the 2 files that tasks read")


@pytest.mark.parametrize(
    ("store", "state", "said"),
    [
        (StorePlace("S", True), "ok", "S is read and written, with locks"),
        (StorePlace("S", False), "ok", "S can be made, with locks"),
        (StorePlace("S", True, kind="nfs4"), "ok", "S on nfs4 is read and written"),
        (StorePlace("S", True, "S/a.jsonl"), "missing", "S/a.jsonl cannot be read"),
        (StorePlace("S", True, "", "Read-only file system"), "missing", "S cannot be written (Read-only file system)"),
        (StorePlace("S", True, locks=False, kind="nfs"), "missing", "S on nfs keeps no locks"),
    ],
)
def test_a_store_is_read_written_and_locked_or_not(store, state, said):
    """Every way of failing has a sentence and a remedy."""
    found = places.store_finding(store)

    assert (found.about, found.state, found.needed) == ("store", state, True)
    assert said in found.says
    assert ("--store" in found.mend) == (state != "ok")


@pytest.mark.parametrize(
    ("kind", "libraries", "state", "said"),
    [
        ("llama", CPU, "ok", "llama is known"),
        ("llama", Libraries(failed="x"), "ok", "llama is not refused; transformers could not be asked"),
        ("jamba", CPU, "cannot", "jamba cannot be pruned: the kind of a layer"),
        ("zamba", CPU, "ok", "its variants are not saved"),
        ("bart", Libraries(torch="2", causal=False), "cannot", "bart is no language model of the installed"),
        ("", CPU, "ok", "M tells its family when it is loaded"),
    ],
)
def test_a_family_is_known_or_refused(kind, libraries, state, said):
    """In memory only is no refusal."""
    family, _ = places.model_findings(ModelPlace("M", model_type=kind, parameters=1000), libraries, ROOM)

    assert (family.about, family.state, family.needed) == ("family", state, False)
    assert said in family.says


@pytest.mark.parametrize(
    ("count", "libraries", "state", "mend"),
    [
        (135e6, CPU, "ok", ""),
        (4e9, CPU, "missing", "add --dtype bfloat16"),
        (8e9, CPU, "cannot", "a smaller model, or a machine with more memory"),
        (8e9, CARD, "ok", ""),
        (11e9, CARD, "missing", "end what takes the rest: nvidia-smi"),
        (14e9, CARD, "cannot", "a smaller model, or a larger card"),
    ],
)
def test_a_model_fits_or_not(count, libraries, state, mend):
    """On the processor in float32 or bfloat16, on a card in bfloat16."""
    _, found = places.model_findings(ModelPlace("M", model_type="llama", parameters=int(count)), libraries, ROOM)

    assert (found.about, found.state, found.mend) == ("size", state, mend)


def test_a_size_that_only_loading_tells_is_said_to_be():
    """No guess."""
    _, found = places.model_findings(ModelPlace("M"), CPU, ROOM)

    assert found.says == "how large M is, only loading tells"


def test_a_model_that_cannot_be_used_says_why():
    """In the sentence that a run would end with."""
    (found,) = places.model_findings(ModelPlace("M", "--model M: no such folder; expected ..."), CPU, ROOM)

    assert (found.state, found.says) == ("missing", "--model M: no such folder; expected ...")


def test_a_model_of_the_hub_that_is_not_here_has_a_command():
    """And a size, where the catalogue knows it."""
    size, model = places.model_findings(ModelPlace("a/b@main", elsewhere=True, parameters=8_000_000_000), CARD, ROOM)

    assert "8 billion parameters" in size.says
    assert (model.state, model.mend) == ("missing", "hf download a/b --revision main")
