"""Tasks of lm-eval as they are once loaded, kept in this process with their items in memory.

To read, convert and prepare the items of seven benchmarks takes lm-eval two seconds, and to walk through them on disk
for those few that are asked two more; every variant, and every look at it, is asked the same ones.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lm_eval.api.task import ConfigurableTask

MOST = 16
"""Tasks that are kept, which is all of a run; one with its items takes up to 40 MB."""
_KEPT: dict[str, "ConfigurableTask"] = {}


def loaded_tasks(configs: Mapping[str, Mapping[str, Any]], folder: Path, seed: int) -> "dict[str, ConfigurableTask]":
    """Tasks given as lm-eval configs by name, as if newly loaded.

    Args:
        configs: task -> its config.
        folder: receives the files of those that are loaded (JSON is YAML), and may go afterwards.
        seed: of the worked examples.

    Raises:
        OSError, EOFError, datasets.exceptions.DatasetsError: the items cannot be read.
    """
    from lm_eval.tasks import TaskManager

    keys = {name: _key(config) for name, config in configs.items()}
    new = [name for name, key in keys.items() if key not in _KEPT]
    for name in new:
        (folder / f"{name}.yaml").write_text(json.dumps(dict(configs[name])), encoding="utf-8")
    if new:
        made = TaskManager(include_path=str(folder), include_defaults=False).load(new)["tasks"]
        for name in new:
            _hold(made[name])
            _KEPT[keys[name]] = made[name]
    found = {name: _KEPT[key] for name, key in keys.items()}
    for name in list(_KEPT)[: max(0, len(_KEPT) - MOST)]:
        del _KEPT[name]
    for task in found.values():
        task.set_fewshot_seed(seed=seed)
    return found


def _hold(task: "ConfigurableTask") -> None:
    """Put the items that a task evaluates into memory, prepared; its worked examples are there already."""
    split = task.config.test_split if task.has_test_docs() else task.config.validation_split
    task.dataset = {split: list(task.eval_docs)}
    task.config.process_docs = None


def _key(config: Mapping[str, Any]) -> str:
    """All that a loaded task depends on: its config, and the files behind it as they are now."""
    arguments = config.get("dataset_kwargs") or {}
    read = [Path(path).stat() for path in (arguments.get("data_files") or {}).values()]
    stated = {name: value for name, value in arguments.items() if name != "cache_dir"}
    files = [(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns) for status in read]
    return json.dumps([{**config, "dataset_kwargs": stated}, files], sort_keys=True)


@contextmanager
def templates_compiled_once() -> Iterator[None]:
    """While open, lm-eval's Jinja environment compiles each template once, and not for every document anew."""
    from lm_eval.utils import env

    vars(env)["from_string"] = lru_cache(maxsize=1024)(env.from_string)
    try:
        yield
    finally:
        del vars(env)["from_string"]
