"""The stock classification tasks on local data, asked of a scorer that answers by rule."""

import gzip
import json
import re
import warnings
from contextlib import nullcontext

import jinja2
import pytest

from harness.errors import BadInput
from harness.tasks.lm_eval_tasks import CLASSIFICATION, run_lm_eval
from harness.tasks.source import Folder
from harness.text.requests import LogLikelihood

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # imports of lm-eval and what it brings along
    import lm_eval.api.task
    import lm_eval.tasks

ARC = {"question": "Q", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B"}
HELLASWAG = {"activity_label": "Act", "ctx_a": "A man.", "ctx_b": "he", "endings": ["no", "no", "yes", "no"]}
ROWS = {
    "classification/arc_easy_test.jsonl.gz": [
        ARC | {"question": f"Q{index}", "answerKey": "AB"[index % 2]} for index in range(30)
    ],
    "classification/arc_easy_train.jsonl.gz": [ARC] * 8,
    "classification/arc_challenge_test.jsonl.gz": [ARC | {"question": f"Q{index}"} for index in range(3)],
    "classification/hellaswag_validation.jsonl.gz": [
        HELLASWAG | {"label": "2", "ctx_a": f"A man {index}."} for index in range(4)
    ],
    "fewshot/hellaswag_olmes5.jsonl": [HELLASWAG | {"label": "2"}] * 5,
    "classification/piqa_validation.jsonl.gz": [
        {"goal": f"G{index}", "sol1": "yes", "sol2": "no", "label": 0} for index in range(3)
    ],
    "classification/winogrande_xl_validation.jsonl.gz": [
        {"sentence": f"Ann saw Bob {index} times so _ won.", "option1": "Ann", "option2": "yes", "answer": "2"}
        for index in range(3)
    ],
    "classification/openbookqa_test.jsonl.gz": [
        {"question_stem": f"S{index}", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B"}
        for index in range(3)
    ],
    "classification/mmlu_test.jsonl.gz": [
        {"subject": subject, "question": f" Q{index} ", "choices": ["w", "x", "y", "z"], "answer": index % 4}
        for subject in ("abstract_algebra", "high_school_biology")
        for index in range(20)
    ],
}


class YesScorer:
    """Prefers what says yes, and remembers what it was asked."""

    room = folder = None

    def __init__(self):
        self.asked = []

    def fits(self, requests):
        """It takes all."""
        return [True] * len(requests)

    def log_likelihoods(self, requests):
        """Answer by rule."""
        self.asked += requests
        return [LogLikelihood(-float("yes" not in r.continuation + r.context[-20:]), False) for r in requests]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in miniature."""
    folder = tmp_path_factory.mktemp("data")
    for name, rows in ROWS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        content = "\n".join(json.dumps(row) for row in rows).encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return folder


def test_every_task_runs_from_a_folder(data):
    """All seven tasks give results in the order asked, with the chance of their number of options."""
    names = tuple(reversed(CLASSIFICATION))
    results = run_lm_eval(names, YesScorer(), Folder(data), None, 0)
    assert [result.task for result in results] == list(names)
    chance = {result.task: result.chance for result in results}
    assert chance == {
        "mmlu": 0.25, "openbookqa": 0.5, "winogrande": 0.5, "piqa": 0.5, "hellaswag": 0.25, "arc_challenge": 0.5,
        "arc_easy": 0.5,
    }  # fmt: skip
    means = {result.task: result.mean for result in results}
    assert means == {
        "mmlu": 0.25, "openbookqa": 1.0, "winogrande": 1.0, "piqa": 1.0, "hellaswag": 1.0, "arc_challenge": 1.0,
        "arc_easy": 0.5,
    }  # fmt: skip


def test_libraries_draw_no_bars_of_their_own(data, capsys):
    """The scorer's bar counts the requests; afterwards the libraries are as they were."""
    before = lm_eval.api.task.tqdm
    run_lm_eval(["arc_easy"], YesScorer(), Folder(data), 3, 0)

    assert "it/s" not in capsys.readouterr().err
    assert lm_eval.api.task.tqdm is before


def test_a_template_is_compiled_once(data, monkeypatch):
    """And not for every document anew; what is asked and how it comes out is as without that."""
    compiled, compile_one = [], jinja2.Environment.compile
    env = lm_eval.utils.env

    def noting(self, source, *given, **named):
        compiled.append((self is env, source))
        return compile_one(self, source, *given, **named)

    monkeypatch.setattr(jinja2.Environment, "compile", noting)
    asked, found = [], []
    for way in (None, nullcontext):
        if way is not None:
            monkeypatch.setattr("harness.tasks.lm_eval_tasks.templates_compiled_once", way)
        scorer = YesScorer()
        found.append(run_lm_eval(["arc_easy", "openbookqa"], scorer, Folder(data), None, 0))
        asked.append((list(scorer.asked), [source for is_theirs, source in compiled if is_theirs]))
        compiled.clear()
    (requests, once), (same_requests, often) = asked

    assert len(once) == len({*once}) < len(often)
    assert requests == same_requests
    assert found[0] == found[1]
    assert "from_string" not in vars(env)


def test_outcomes_tell_item_choice_and_scores(data):
    """One outcome an item, in document order."""
    (result,) = run_lm_eval(["arc_easy"], YesScorer(), Folder(data), None, 0)
    assert [outcome.item_id for outcome in result.outcomes] == [f"arc_easy|{index}" for index in range(30)]
    first, second = result.outcomes[:2]
    assert (first.score, first.label, first.response, first.extra) == (0.0, "wrong", "1", {"acc_norm": 0.0})
    assert (second.score, second.label, second.response, second.extra) == (1.0, "right", "1", {"acc_norm": 1.0})


def test_a_limit_draws_by_seed_and_keeps_each_item_with_its_answer(data):
    """The subset depends on the seed, is not the head of the file, and its scores are those of the full run."""
    (full,) = run_lm_eval(["arc_easy"], YesScorer(), Folder(data), None, 0)
    by_id = {outcome.item_id: outcome for outcome in full.outcomes}
    drawn = []
    for seed in (0, 1):
        (part,) = run_lm_eval(["arc_easy"], YesScorer(), Folder(data), 7, seed)
        assert [by_id[outcome.item_id] for outcome in part.outcomes] == list(part.outcomes)
        drawn.append([outcome.item_id for outcome in part.outcomes])
    assert [len(ids) for ids in drawn] == [7, 7]
    assert drawn[0] != drawn[1]
    assert [f"arc_easy|{index}" for index in range(7)] not in drawn


def test_mmlu_is_one_task_over_all_subjects(data):
    """A limit counts over all subjects together, and each question has its subject's stock description."""
    scorer = YesScorer()
    (result,) = run_lm_eval(["mmlu"], scorer, Folder(data), 10, 0)
    assert len(result.outcomes) == 10
    contexts = {re.sub("Q[0-9]+", "Q", request.context) for request in scorer.asked}
    assert contexts == {
        f"The following are multiple choice questions (with answers) about {subject}.\n\n"
        "Q\nA. w\nB. x\nC. y\nD. z\nAnswer:"
        for subject in ("abstract algebra", "high school biology")
    }


@pytest.mark.parametrize(("name", "examples"), [("arc_easy", 2), ("hellaswag", 5)])
def test_examples_come_from_the_folder(data, name, examples):
    """Few-shot prompts hold that many worked examples."""
    scorer = YesScorer()
    run_lm_eval([name], scorer, Folder(data), 2, 0, num_fewshot=examples)
    assert {request.context.count(" yes") for request in scorer.asked} == {examples}


def test_what_cannot_run_is_refused(data, tmp_path):
    """Unknown tasks, missing files and few-shot MMLU are refused in a sentence."""
    with pytest.raises(BadInput, match="task 'arc' is unknown"):
        run_lm_eval(["arc"], YesScorer(), Folder(data), None, 0)
    with pytest.raises(BadInput, match="has no file classification/piqa_validation"):
        run_lm_eval(["piqa"], YesScorer(), Folder(tmp_path), None, 0)
    with pytest.raises(BadInput, match="mmlu is offered without few-shot examples only"):
        run_lm_eval(["mmlu"], YesScorer(), Folder(data), None, 0, num_fewshot=5)
    with pytest.raises(BadInput, match="limit 0"):
        run_lm_eval(["piqa"], YesScorer(), Folder(data), 0, 0)


def test_a_damaged_file_is_refused(data, tmp_path):
    """A file that cannot be read is refused by its name, before `datasets` tries."""
    (tmp_path / "classification").mkdir()
    whole = (data / "classification" / "arc_easy_test.jsonl.gz").read_bytes()
    (tmp_path / "classification" / "arc_easy_test.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"arc_easy_test\.jsonl\.gz is truncated or no gzip file"):
        run_lm_eval(["arc_easy"], YesScorer(), Folder(tmp_path), None, 0)
