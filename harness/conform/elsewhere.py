"""A method asked once more in a process of its own: what its module does when it is imported, and what a memo hides.

The process has other hashes of texts (PYTHONHASHSEED), an empty home and an empty folder for temporary files, so that
whatever a method leaves there was left by it, also where C code wrote it and no audit event told.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from harness.conform.watch import Seen, watched
from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.models.load import LoadedModel
    from harness.prune.plan import LayerPlan

MOST_BYTES = 2 * 2**30
"""Of a model that a second process holds as well; of a larger one only the import of the method is watched."""
_HOMES = {"HOME": "home", "XDG_CACHE_HOME": "home/.cache", "TMPDIR": "tmp"}


@dataclass(frozen=True)
class Elsewhere:
    """What the other process told."""

    seen: Seen = field(default_factory=Seen)
    asked: bool = False
    """Whether the method was asked there, and not only imported."""
    plan: str | None = None
    """What it decided, as `repr` has it; None where it gave no answer."""
    said: str = ""
    """The plan in short, or why there is none."""


def ask_elsewhere(
    name: str,
    module: str,
    loaded: "LoadedModel",
    n: int,
    texts: Sequence[str],
    seed: int,
    scores: "Mapping[LayerPlan, float]",
    data: Sequence[Path],
) -> Elsewhere:
    """Ask a method in another process, of the same model.

    Args:
        name: of the method.
        module: that its function is defined in.
        loaded: the unpruned model, read again by its reference.
        n: how many layers it is asked for.
        texts: calibration texts.
        seed: of the call.
        scores: what the plans scored that it asked for in this process; it has no reason to ask for others.
        data: folders of items that the method has no business with.
    """
    import torch

    small = sum(parameter.nbytes for parameter in loaded.model.parameters()) <= MOST_BYTES
    question = {
        "name": name,
        "module": module,
        "model": [loaded.reference.text, loaded.reference.revision, loaded.dtype] if small else None,
        "fingerprint": loaded.fingerprint,
        "threads": torch.get_num_threads(),
        "n": n,
        "texts": list(texts),
        "seed": seed,
        "scores": {repr(plan): score for plan, score in scores.items()},
        "data": [str(folder.resolve()) for folder in data],
    }
    with TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "asked.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(question), encoding="utf-8")
        others = {
            "PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in sys.path),
            "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
        }
        ended = subprocess.run(  # noqa: S603  # this interpreter, this module
            [sys.executable, "-m", "harness.conform.elsewhere", str(asked), str(answer)],
            env=os.environ | others,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if not answer.is_file():
            last = next(reversed(ended.stderr.strip().splitlines()), "nothing was said")
            return Elsewhere(asked=True, said=f"its process ended with {ended.returncode}: {last}")
        told = json.loads(answer.read_text(encoding="utf-8"))
        return Elsewhere(**told | {"seen": Seen(**told["seen"])})


def _answer(question: Mapping[str, Any], scratch: Path) -> Elsewhere:
    """In the other process: import the method and ask it, both watched."""
    import torch

    from harness.conform.examination import ask
    from harness.conform.randomness import disturb_global_randomness
    from harness.methods.method import Ranking
    from harness.methods.rank import resolve_method
    from harness.models.load import load_model

    torch.set_num_threads(question["threads"])
    loaded = None if question["model"] is None else load_model(*question["model"])
    data = [Path(folder) for folder in question["data"]]
    with watched(data) as seen:
        try:
            __import__(question["module"])
            resolve_method(question["name"])
        except (BadInput, ImportError):  # registered by hand in the process that asks
            return Elsewhere()
    seen.writes, seen.processes = [], []  # libraries prepare themselves when they are imported
    if loaded is None or loaded.fingerprint != question["fingerprint"]:
        return Elsewhere(seen)

    def score(plan: "LayerPlan") -> float:
        if repr(plan) not in question["scores"]:
            raise BadInput(f"asked for the score of {plan.describe()}, for which it had not asked before")
        return float(question["scores"][repr(plan)])

    disturb_global_randomness(3)
    beside = [Path.cwd(), *_folder_of(question["module"])]
    _move_to(scratch)
    with watched(data) as called:
        before = _files(scratch, beside)
        answer = ask(question["name"], loaded, question["n"], question["texts"], question["seed"], score)
        after = _files(scratch, beside)
    left = [str(path) for path in after if after[path] != before.get(path)]
    for part in ("test_files", "writes", "network", "processes"):
        getattr(seen, part).extend(getattr(called, part))
    seen.writes += [path for path in left if path not in seen.writes]
    if isinstance(answer, Ranking) and answer.plan is not None:
        return Elsewhere(seen, asked=True, plan=repr(answer.plan), said=answer.plan.describe())
    return Elsewhere(seen, asked=True, said=" ".join(str(answer).split()))


def _folder_of(module: str) -> list[Path]:
    file = getattr(sys.modules[module], "__file__", None)
    return [Path(file).parent] if file else []


def _move_to(scratch: Path) -> None:
    """Make home and the folder of temporary files empty ones, for the rest of this process."""
    import tempfile

    for variable, folder in _HOMES.items():
        (scratch / folder).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(scratch / folder)
    tempfile.tempdir = os.environ["TMPDIR"]


def _files(scratch: Path, beside: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Path -> size and time of change: everything in `scratch`, and what lies in the folders `beside` themselves."""
    paths = [*scratch.rglob("*"), *(path for folder in beside for path in folder.iterdir())]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()}


def _main(asked: Path, answer: Path) -> None:
    with TemporaryDirectory() as scratch:
        found = _answer(json.loads(asked.read_text(encoding="utf-8")), Path(scratch))
    answer.write_text(json.dumps(asdict(found)), encoding="utf-8")


if __name__ == "__main__":
    _main(*map(Path, sys.argv[1:]))
