"""Our scorer as a model of lm-evaluation-harness, so that its tasks can be asked of a variant in memory.

Import this module only where lm_eval is meant to be loaded. It registers the name `harness`; lm-eval 0.4.13 looks for
no plugins, so its command line must be started from here:

    python -m harness.score.lm_eval_backend run --model harness --model_args pretrained=REF,drop=22-29 --tasks arc_easy

lm-eval's own models run from there too (`--model hf`).

Limits: greedy decoding only; a text for perplexity must fit into the model's context; an answer that loops is cut
where the loop is seen, so it is shorter than that of lm-eval's `hf`. With --apply_chat_template an answer also ends
where the template closes a turn, and a thought before it is taken off, whatever the task's `until` says.
"""

import logging
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.utils import simple_parse_args_string

from harness.errors import BAD_INPUT, BadInput
from harness.score.lm_eval_requests import generation_request
from harness.text.chat import render
from harness.text.ends import Ends, turn_closing
from harness.text.ids import ids_of
from harness.text.requests import LogLikelihood, LogLikelihoodRequest
from harness.text.template import tried
from harness.text.thoughts import Parted, opened_by, parted

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

    from harness.text.requests import Respondent

OPTIONS = ("pretrained", "revision", "dtype", "drop", "store", "enable_thinking")
# what lm-eval's command line adds by itself: the scorer sizes its batches by tokens and finds its device
_SET_ELSEWHERE = ("batch_size", "max_batch_size", "device")

_LOG = logging.getLogger(__name__)
_YES_NO = {"true": True, "false": False}


@register_model("harness")
class HarnessLM(LM):  # type: ignore[misc]  # lm-eval has no types; inheritance is its interface
    """One variant of a model, asked through a `Scorer`."""

    def __init__(self, scorer: "Respondent", *, leaves_out: bool = False, thinking: bool = False) -> None:
        """Ask through a scorer.

        Args:
            scorer: of the variant.
            leaves_out: continuations that do not fit the model's input get NaN, instead of being refused.
            thinking: whether a chat template with a switch for thinking is told to think.
        """
        super().__init__()
        self.scorer, self.leaves_out, self.thinking = scorer, leaves_out, thinking
        self._in_chat = False

    @classmethod
    def create_from_arg_string(cls, arg_string: str, additional_config: dict[str, Any] | None = None) -> "HarnessLM":
        """Load a model from text such as `pretrained=REF,drop=22-29,dtype=float32`; see `create_from_arg_obj`."""
        return cls.create_from_arg_obj(simple_parse_args_string(arg_string), additional_config)

    @classmethod
    def create_from_arg_obj(
        cls, arg_dict: dict[str, Any], additional_config: dict[str, Any] | None = None
    ) -> "HarnessLM":
        """Load a model.

        Args:
            arg_dict: `pretrained`: anything `harness.load_model` takes; `revision`, `dtype`: for the same; `drop`:
                what to remove, as `22-29` or `3+5-7+attn9` (lm-eval splits at commas); `store`: folder of kept answers;
                `enable_thinking`: what a chat template with such a switch is told (default: false).
            additional_config: batch sizes and device, which lm-eval passes and the scorer does not need.

        Raises:
            BadInput: an option is unknown or has no usable value.
        """
        from harness.models.load import load_model
        from harness.prune.apply import apply_plan
        from harness.prune.plan import parse_plan
        from harness.score.scorer import Scorer

        unknown = [name for name in (*arg_dict, *(additional_config or ())) if name not in OPTIONS + _SET_ELSEWHERE]
        if unknown:
            raise BadInput(f"--model_args: {unknown[0]!r} is unknown; known are {', '.join(OPTIONS)}")
        given = {name: str(arg_dict[name]) for name in OPTIONS if arg_dict.get(name) not in (None, "")}
        if "pretrained" not in given:
            raise BadInput(
                "--model_args: `pretrained` is missing; write pretrained=REF, where REF is a model folder or id"
            )
        thinking = _YES_NO.get(given.get("enable_thinking", "false").lower())
        if thinking is None:
            raise BadInput(f"--model_args: enable_thinking={given['enable_thinking']}, expected true or false")
        loaded = load_model(given["pretrained"], given.get("revision"), given.get("dtype"))
        model = apply_plan(loaded.model, parse_plan(given["drop"], loaded.depth)) if "drop" in given else loaded.model
        return cls(
            Scorer(model, loaded.tokenizer, Path(given["store"]) if "store" in given else None), thinking=thinking
        )

    def set_cache_hook(self, cache_hook: Any) -> None:  # noqa: ANN401, ARG002  # lm-eval's signature
        """Refuse lm-eval's own cache of answers, which does not know whose answers it keeps.

        Raises:
            BadInput: always.
        """
        raise BadInput(
            "--use_cache names no model in its keys, so a pruned model would be given the unpruned one's answers; "
            "leave it out, and name a folder for answers of any variant with store=DIR in --model_args"
        )

    def loglikelihood(self, requests: "list[Instance]") -> list[tuple[float, bool]]:
        """Log-likelihood in nats of each continuation, and whether it is the greedy one."""
        asked = [LogLikelihoodRequest(*request.args) for request in requests]
        fits = self.scorer.fits(asked) if self.leaves_out else [True] * len(asked)
        fitting = [request for request, fit in zip(asked, fits, strict=True) if fit]
        answers = iter(self.scorer.log_likelihoods(fitting))
        found = [next(answers) if fit else LogLikelihood(math.nan, is_greedy=False) for fit in fits]
        return [(answer.value, answer.is_greedy) for answer in found]

    def loglikelihood_rolling(self, requests: "list[Instance]") -> list[float]:
        """Log-likelihood in nats of each whole text, after BOS (or the end token, where there is no BOS).

        Unlike `hf` (0.4.13), BOS itself is not predicted a second time where the tokenizer adds it.

        Raises:
            BadInput: a text is longer than the model's context: windows are cut between tokens, and the scorer takes
                text.
        """
        texts = [request.args[0] for request in requests]
        limit = self.scorer.room
        for text in texts:
            tokens = len(ids_of(text, self.scorer.tokenizer, special=True))
            if limit is not None and tokens >= limit:
                raise BadInput(
                    f"the text {text[:40]!r}... has {tokens} tokens and the model takes {limit}; perplexity is offered "
                    f"only for texts that fit, so cut the texts or use --model hf"
                )
        answers = self.scorer.log_likelihoods([LogLikelihoodRequest("", text) for text in texts])
        return [answer.value for answer in answers]

    def generate_until(self, requests: "list[Instance]") -> list[str]:
        """Greedy answers to prompts that are text already, chat template or not.

        Raises:
            BadInput: a task asks for sampling, beams or another way of decoding.
        """
        tokenizer = self.scorer.tokenizer
        closing = turn_closing(tokenizer) if self._in_chat else Ends(())
        ends = (*map(str, tokenizer.convert_ids_to_tokens(list(closing.ids))), *closing.texts)
        asked = [generation_request(request.args[0], request.args[1], ends) for request in requests]
        if not self._in_chat:
            return [answer.text for answer in self.scorer.generations(asked)]
        thinks = tried(tokenizer).thinking(on=self.thinking)  # then what ends an answer must not end its thought
        answers = self.scorer.generations([replace(request, stop=ends) for request in asked] if thinks else asked)
        return [
            _before(request.stop, parted(answer.text, str(tokenizer.chat_template), opened=opened_by(request.prompt)))
            for request, answer in zip(asked, answers, strict=True)
        ]

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:  # noqa: FBT001, FBT002  # lm-eval's signature
        """The conversation as text; without a generation prompt, the last turn stays open.

        A template that refuses system turns gets the conversation without them, with a warning, as `hf` has it.

        Raises:
            BadInput: there is no template, or it cannot be used.
        """
        if not self.scorer.tokenizer.chat_template:
            raise BadInput(
                "the tokenizer has no chat template; leave out --apply_chat_template or use an instruct model"
            )
        self._in_chat = True

        def rendered(turns: list[dict[str, str]]) -> str:
            return render(
                self.scorer.tokenizer, turns, generation_prompt=add_generation_prompt,
                open_end=not add_generation_prompt, thinking=self.thinking,
            )  # fmt: skip

        others = [turn for turn in chat_history if turn["role"] != "system"]
        try:
            return rendered(chat_history)
        except BadInput:
            if len(others) == len(chat_history):
                raise
            text = rendered(others)
        _LOG.warning("the chat template refuses a system turn: it is left out, as --model hf leaves it out")
        return text

    def chat_template(self, chat_template: bool | str = False) -> str | None:  # noqa: FBT001, FBT002  # lm-eval's signature
        """The template, for lm-eval's record of the run."""
        return str(self.scorer.tokenizer.chat_template) if chat_template else None

    @property
    def tokenizer_name(self) -> str:
        """Names the tokenizer in lm-eval's request cache."""
        return str(self.scorer.tokenizer.name_or_path).replace("/", "__")

    def get_model_info(self) -> dict[str, Any]:
        """What lm-eval records about the model."""
        return {"model_fingerprint": self.scorer.fingerprint}


def _before(stop: tuple[str, ...], text: Parted) -> str:
    """An answer up to the first text that ends it."""
    return min((text.answer.partition(end)[0] for end in stop), key=len, default=text.answer)


def main() -> int:
    """lm-eval's command line with our model beside its own.

    Returns:
        0, or 2 where something was asked for that cannot be done.
    """
    import lm_eval.models  # noqa: F401  # its own models, so that they can be named here too
    from lm_eval.__main__ import cli_evaluate

    try:
        cli_evaluate()
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
