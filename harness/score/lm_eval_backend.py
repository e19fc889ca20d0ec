"""Our scorer as a model of lm-evaluation-harness, so that its tasks can be asked of a variant in memory.

Import this module only where lm_eval is meant to be loaded. It registers the name `harness`; lm-eval 0.4.13 looks for
no plugins, so its command line must be started from here:

    python -m harness.score.lm_eval_backend run --model harness --model_args pretrained=REF,drop=22-29 --tasks arc_easy

Limits: greedy decoding only; a text for perplexity must fit into the model's context; an answer that loops is cut
where the loop is seen, so it is shorter than that of lm-eval's `hf`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.utils import simple_parse_args_string

from harness.errors import BadInput
from harness.score.requests import GenerationRequest, LogLikelihoodRequest

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

    from harness.score.requests import Respondent

OPTIONS = ("pretrained", "revision", "dtype", "drop", "store")
# what lm-eval's command line adds by itself: the scorer sizes its batches by tokens and finds its device
_SET_ELSEWHERE = ("batch_size", "max_batch_size", "device")
_GREEDY = ("until", "max_gen_toks", "do_sample", "temperature", "top_p", "top_k")
_MAX_GEN_TOKS = 256  # lm-eval's default


@register_model("harness")
class HarnessLM(LM):  # type: ignore[misc]  # lm-eval has no types; inheritance is its interface
    """One variant of a model, asked through a `Scorer`."""

    def __init__(self, scorer: "Respondent") -> None:
        super().__init__()
        self.scorer = scorer

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
                what to remove, as `22-29` or `3+5-7+attn9` (lm-eval splits at commas); `store`: folder of kept answers.
            additional_config: batch sizes and device, which lm-eval passes and the scorer does not need.

        Raises:
            BadInput: an option is unknown or has no usable value.
        """
        from harness import load_model
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
        loaded = load_model(given["pretrained"], given.get("revision"), given.get("dtype"))
        model = apply_plan(loaded.model, parse_plan(given["drop"], loaded.depth)) if "drop" in given else loaded.model
        return cls(Scorer(model, loaded.tokenizer, Path(given["store"]) if "store" in given else None))

    def loglikelihood(self, requests: "list[Instance]") -> list[tuple[float, bool]]:
        """Log-likelihood in nats of each continuation, and whether it is the greedy one."""
        answers = self.scorer.log_likelihoods([LogLikelihoodRequest(*request.args) for request in requests])
        return [(answer.value, answer.is_greedy) for answer in answers]

    def loglikelihood_rolling(self, requests: "list[Instance]") -> list[float]:
        """Log-likelihood in nats of each whole text, after BOS (or the end token, where there is no BOS).

        Unlike `hf` (0.4.13), BOS itself is not predicted a second time where the tokenizer adds it.

        Raises:
            BadInput: a text is longer than the model's context: windows are cut between tokens, and the scorer takes
                text.
        """
        texts = [request.args[0] for request in requests]
        limit = getattr(self.scorer.model.config.get_text_config(), "max_position_embeddings", None)
        for text in texts:
            tokens = len(self.scorer.tokenizer(text).input_ids)
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
        answers = self.scorer.generations([_generation(*request.args) for request in requests])
        return [answer.text for answer in answers]

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:  # noqa: FBT001, FBT002  # lm-eval's signature
        """The conversation as text; without a generation prompt, the last turn stays open."""
        if not self.scorer.tokenizer.chat_template:
            raise BadInput(
                "the tokenizer has no chat template; leave out --apply_chat_template or use an instruct model"
            )
        turns: Any = chat_history
        return str(
            self.scorer.tokenizer.apply_chat_template(
                turns,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                continue_final_message=not add_generation_prompt,
            )
        )

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


def _generation(prompt: str, options: Mapping[str, Any]) -> GenerationRequest:
    """A plain-text request: where a chat template applies, lm-eval has applied it."""
    unknown = [name for name in options if name not in _GREEDY]
    sampling = options.get("do_sample") or float(options.get("temperature") or 0) > 0
    if unknown or sampling:
        wrong = f"{unknown[0]}={options[unknown[0]]}" if unknown else "sampling"
        raise BadInput(f"the task's generation_kwargs ask for {wrong}; the harness decodes greedily, so override them")
    until = options.get("until") or ()
    stop = (until,) if isinstance(until, str) else tuple(until)
    return GenerationRequest(prompt, int(options.get("max_gen_toks") or _MAX_GEN_TOKS), chat=False, stop=stop)


if __name__ == "__main__":
    from lm_eval.__main__ import cli_evaluate

    cli_evaluate()
