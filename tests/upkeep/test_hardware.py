"""Findings about the machine: each with a machine that is right and one that is not."""

import pytest

from harness.models.catalogue import MODELS
from harness.sizes import GIGABYTE
from harness.upkeep import hardware
from harness.upkeep.hardware import TINY_MEMORY, Memory, Processors
from harness.upkeep.software import Libraries

GB = int(GIGABYTE)
CARD = Libraries(torch="2.13.0", cuda="12.8", gpus=(("NVIDIA H100", 80 * GB, 78 * GB),))


@pytest.mark.parametrize(
    ("count", "asked", "threads", "state", "said"),
    [
        (2, "1", 1, "ok", "1 of torch on 2 processors"),
        (0.5, "", 1, "ok", "1 of torch on 0.5 processors"),
        (2, "", 64, "missing", "they wait for each other"),
        (4, "many", 1, "missing", "OMP_NUM_THREADS is 'many'; expected a number of at least 1"),
        (4, "0", 1, "missing", "OMP_NUM_THREADS is '0'"),
    ],
)
def test_threads_fit_the_processors_or_not(count, asked, threads, state, said):
    """A container of two processors on a machine of 64 starts 64 threads."""
    found = hardware.threads_finding(Processors(count, "", asked), threads)

    assert (found.state, found.needed) == (state, False)
    assert said in found.says
    assert found.mend == ("" if state == "ok" else f"export OMP_NUM_THREADS={max(1, round(count))}")


@pytest.mark.parametrize(
    ("flags", "state"),
    [(" avx2 avx512_bf16", "ok"), ("fp asimd bf16", "ok"), ("avx2 avx512f", "cannot"), ("", "cannot")],
)
def test_a_processor_multiplies_bfloat16_or_not(flags, state):
    """By what Linux says of it."""
    found = hardware.bfloat16_finding(Processors(2, flags, ""))

    assert (found.state, found.needed) == (state, False)


@pytest.mark.parametrize(("total", "free", "state"), [(8, 7, "ok"), (8, 0.2, "missing"), (1, 0.9, "cannot")])
def test_memory_is_free_taken_or_not_there(total, free, state):
    """What others take can be ended; what a machine has not, it has not."""
    found = hardware.memory_finding(Memory(total * GB, int(free * GB)))

    assert (found.state, found.needed) == (state, True)
    assert bool(found.mend) == (state != "ok")


def test_each_gpu_has_a_line():
    """With what is free of it."""
    found = hardware.gpu_findings(
        Libraries(torch="2", cuda="12", gpus=(("A", 80 * GB, 8 * GB), ("B", 24 * GB, 24 * GB))), card=True, driver=True
    )

    assert [(one.about, one.state, one.says) for one in found] == [
        ("gpu 0", "ok", "A, 8 GB of 80 GB free"),
        ("gpu 1", "ok", "B, 24 GB of 24 GB free"),
    ]


@pytest.mark.parametrize(
    ("libraries", "card", "driver", "state", "mend"),
    [
        (Libraries(torch="2+cpu"), False, False, "cannot", ""),
        (Libraries(torch="2+cpu"), True, False, "missing", "install NVIDIA's driver"),
        (Libraries(torch="2+cpu"), True, True, "missing", "pip install --force-reinstall torch --index-url"),
        (Libraries(torch="2", cuda="12", refused="driver too old"), True, True, "missing", "nvidia-smi shows"),
        (Libraries(failed="x"), True, True, "missing", "pip install --force-reinstall torch"),
    ],
)
def test_a_gpu_that_is_not_used_has_a_reason(libraries, card, driver, state, mend):
    """No card, no driver, a torch for CPUs, a driver that is too old, no torch."""
    (found,) = hardware.gpu_findings(libraries, card=card, driver=driver)

    assert (found.about, found.state, found.needed) == ("gpu", state, False)
    assert found.mend.startswith(mend)
    assert libraries.refused in found.says


def test_a_small_tier_says_how_large_a_model_may_be():
    """Four bytes per weight in float32, beside what the libraries take."""
    found = hardware.tier_small(Memory(16 * GB, int(TINY_MEMORY) + 8 * GB))

    assert found.state == "ok"
    assert "up to 2 billion parameters fits in float32, of 4 with --dtype bfloat16" in found.says
    assert hardware.tier_small(Memory(16 * GB, GB)).state == "cannot"


def test_a_gpu_tier_says_which_models_fit():
    """All on a large card, the smallest on a small one, none without."""
    small = Libraries(torch="2", cuda="12", gpus=(("L4", 8 * GB, 8 * GB),))

    assert hardware.tier_gpu(CARD).state == "ok"
    assert f"all {len(MODELS)} models" in hardware.tier_gpu(CARD).says
    assert hardware.tier_gpu(small).state == "cannot"
    assert "llama-3.1-8b (16 GB)" in hardware.tier_gpu(small).says
    assert hardware.tier_gpu(small).mend == "pytest checks/ -m gpu --model gemma-2-2b"
    assert "--device-profile" in hardware.tier_gpu(Libraries(torch="2+cpu")).says


@pytest.mark.parametrize(("free", "state"), [(80 * GB, "ok"), (GB // 100, "missing")])
def test_a_disk_has_room_or_not(free, state):
    """Where the store is."""
    (found,) = hardware.disk_findings({".store": free})

    assert (found.state, found.needed) == (state, True)
    assert "at .store" in found.says
    assert bool(found.mend) == (state != "ok")
