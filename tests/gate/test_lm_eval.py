"""lm-eval's results, written by lm-eval itself."""

import json
import shutil
import warnings

import pytest

from harness.errors import BadInput
from harness.gate.read import read

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # imports of lm-eval and what it brings along
    import lm_eval
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

DATE = "2026-11-27T04-00-00.000001"
CHOICE = {"output_type": "multiple_choice", "doc_to_choice": "{{options}}", "doc_to_target": "{{gold}}",
          "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}  # fmt: skip
WRITTEN = {"output_type": "generate_until", "doc_to_target": "{{a}}", "metric_list": [{"metric": "exact_match"}],
           "generation_kwargs": {"until": ["\n"], "max_gen_toks": 4}}  # fmt: skip
FILTERS = [{"name": name, "filter": [{"function": "regex", "regex_pattern": pattern}, {"function": "take_first"}]}
           for name, pattern in (("strict", r"#### (\d+)"), ("flexible", r"(\d+)"))]  # fmt: skip


class Scripted(LM):
    """Answers what it is told to: right on questions whose number its rule likes."""

    def __init__(self, right):
        super().__init__()
        self.right = right

    def _number(self, text):
        return int(text.rsplit("no. ", 1)[1].split()[0])

    def loglikelihood(self, requests):
        """`yes` is likely where it is right."""
        return [(-1.0 if (r.args[1].strip() == "yes") == self.right(self._number(r.args[0])) else -2.0, False)
                for r in requests]  # fmt: skip

    def loglikelihood_rolling(self, requests):
        """Of no task here."""
        raise NotImplementedError

    def generate_until(self, requests):
        """A number, of two in three behind what the strict filter wants."""
        numbers = [self._number(r.args[0]) for r in requests]
        return [f"{'#### ' if n % 3 else ''}{2 * n if self.right(n) else 9999}" for n in numbers]


def write(folder, data, right):
    """What lm-eval writes with --log_samples into a folder, of two tasks and a group of two."""
    rows = {"pick": [{"q": f"no. {n} ?", "options": ["yes", "no", "maybe", "never"], "gold": 0} for n in range(12)],
            "sums": [{"q": f"twice no. {n} is", "a": str(2 * n)} for n in (*range(12), 3)]}  # fmt: skip
    data.mkdir(exist_ok=True)
    for task, (form, kind) in {"pick": (CHOICE, "pick"), "sums": (WRITTEN | {"filter_list": FILTERS}, "sums"),
                               "part_a": (CHOICE, "pick"), "part_b": (CHOICE, "pick")}.items():  # fmt: skip
        (data / f"{kind}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[kind]))
        files = {"data_files": {"test": str(data / f"{kind}.jsonl")}, "cache_dir": str(data / "cache")}
        whole = {"task": task, "dataset_path": "json", "dataset_kwargs": files, "test_split": "test", "num_fewshot": 0,
                 "doc_to_text": "{{q}}", "metadata": {"version": 1.0}, **form}  # fmt: skip
        (data / f"{task}.yaml").write_text(json.dumps(whole))
    group = {"group": "parts", "task": ["part_a", "part_b"], "aggregate_metric_list": [{"metric": "acc"}]}
    (data / "parts.yaml").write_text(json.dumps(group))
    loaded = TaskManager(include_path=str(data), include_defaults=False).load(["pick", "sums", "parts"])
    found = lm_eval.evaluate(Scripted(right), loaded, bootstrap_iters=0, log_samples=True)
    tracker = EvaluationTracker(output_path=str(folder))
    tracker.general_config_tracker.model_name_sanitized = "org__model"
    samples = found.pop("samples")
    tracker.save_results_aggregated(found, samples)
    for task, rows_of in samples.items():
        tracker.save_results_samples(task, rows_of)
    return folder / "org__model"


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A base that is right on all, asked with no example."""
    folder = tmp_path_factory.mktemp("lm-eval")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return write(folder / "base", folder / "data", lambda number: number != 5)


@pytest.fixture
def folder(logs, tmp_path):
    """A copy that may be broken."""
    return shutil.copytree(logs, tmp_path / "copy")


def samples(folder, task):
    """The samples file of a task."""
    return next(folder.glob(f"samples_{task}_*.jsonl"))


def test_every_metric_of_every_filter_is_read(logs):
    """One item a document, named by what it says; scores under lm-eval's own names."""
    log = read(str(logs))

    assert log.tool.startswith("lm-eval")
    assert list(next(iter(log.tasks["pick"].items.values())).scores) == ["acc,none", "acc_norm,none"]
    first = log.tasks["sums"].items
    assert [item.scores for item in first.values()][:2] == [
        {"exact_match,strict": 0.0, "exact_match,flexible": 1.0},
        {"exact_match,strict": 1.0, "exact_match,flexible": 1.0},
    ]


def test_guessing_is_known_of_choices_only(logs):
    """One of four options; what is written has none."""
    log = read(str(logs))

    assert log.tasks["pick"].chance == {"acc,none": 0.25, "acc_norm,none": 0.25}
    assert log.tasks["sums"].chance == {}


def test_copies_of_a_document_are_told_apart(logs):
    """The last question is asked twice; both count."""
    items = read(str(logs)).tasks["sums"].items

    assert len(items) == 13
    assert sum(key.endswith("#1") for key in items) == 1


def test_a_benchmark_of_parts_is_one_task(logs):
    """What lm-eval scores as a group is decided as one."""
    log = read(str(logs))

    assert sorted(log.tasks) == ["parts", "pick", "sums"]
    assert len(log.tasks["parts"].items) == 24
    assert log.tasks["parts"].chance["acc,none"] == 0.25


def test_how_it_was_asked_is_read(logs):
    """Examples, version, how it was generated."""
    settings = read(str(logs)).tasks["sums"].settings

    assert settings["num_fewshot"] == "0"
    assert "max_gen_toks" in settings["generation_kwargs"]


def test_a_line_that_is_cut_off_is_named(folder):
    """With its number."""
    path = samples(folder, "pick")
    path.write_text(path.read_text()[:-40])

    with pytest.raises(BadInput, match="line 12 is no JSON"):
        read(str(folder))


def test_a_file_that_is_cut_off_between_lines_is_named(folder):
    """lm-eval says how many there were."""
    path = samples(folder, "pick")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))

    with pytest.raises(BadInput, match="10 items, and lm-eval says 12 were asked; is it cut off"):
        read(str(folder))


def test_an_item_that_is_there_twice_is_named(folder):
    """Two runs were written into one file."""
    path = samples(folder, "pick")
    path.write_text(path.read_text() * 2)

    with pytest.raises(BadInput, match="item 'doc_id 0' of task 'pick' is in it twice"):
        read(str(folder))


def test_two_runs_in_a_folder_are_told_apart_by_their_results(folder):
    """The folder is refused; either results file is one run."""
    for path in list(folder.iterdir()):
        date = path.stem.rsplit("_", 1)[1]
        shutil.copy(path, path.with_name(path.name.replace(date, DATE)))

    with pytest.raises(BadInput, match=r"two runs of task .* name the results_"):
        read(str(folder))
    assert read(str(folder / f"results_{DATE}.json")).tasks.keys() == {"parts", "pick", "sums"}


def test_results_without_samples_say_what_to_do(folder):
    """A run without --log_samples has no score of any item."""
    for path in folder.glob("samples_*"):
        path.unlink()

    with pytest.raises(BadInput, match="no score of any item; run lm-eval with --log_samples"):
        read(str(folder))


def test_samples_alone_are_read(folder):
    """Without the results nothing is known of how it was asked, beside the hashes of the prompts."""
    next(folder.glob("results_*")).unlink()
    log = read(str(folder))

    assert sorted(log.tasks) == ["part_a", "part_b", "pick", "sums"]
    assert log.tasks["pick"].settings == {}
    assert all(item.asked for item in log.tasks["pick"].items.values())


def test_results_that_are_not_lm_evals_are_a_sentence(folder):
    """Edited by hand, or by another tool."""
    path = next(folder.glob("results_*"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"n-shot": None}))

    with pytest.raises(BadInput, match=r"cannot be read as results of lm-eval \(AttributeError"):
        read(str(folder))


def test_a_column_that_is_missing_is_a_sentence(folder):
    """Another tool's file by the same name."""
    samples(folder, "pick").write_text('{"doc_id": 0}\n')

    with pytest.raises(BadInput, match=r"cannot be read as samples of lm-eval \(KeyError"):
        read(str(folder))
