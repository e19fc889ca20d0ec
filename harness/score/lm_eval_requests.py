"""What lm-eval asks to be generated, as a request of ours. Pure."""

from collections.abc import Mapping
from typing import Any

from harness.errors import BadInput
from harness.text.requests import GenerationRequest

# lm-eval's names for one thing, in its order of precedence
_LONGEST = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
# what changes no greedy answer; of the last five, no other value than these
_GREEDY = ("until", "do_sample", "temperature", "top_p", "top_k", "min_p", *_LONGEST)
_NEUTRAL = {"num_beams": 1, "num_return_sequences": 1, "repetition_penalty": 1, "length_penalty": 1, "use_cache": True}
_MAX_GEN_TOKS = 256  # lm-eval's default


def generation_request(prompt: str, options: Mapping[str, Any], ends: tuple[str, ...] = ()) -> GenerationRequest:
    """A plain-text request: where a chat template applies, lm-eval has applied it."""
    unknown = [name for name, value in options.items() if name not in _GREEDY and _NEUTRAL.get(name) != value]
    do_sample = options.get("do_sample")  # where it says no, lm-eval's own models leave the temperature out
    sampling = do_sample or (do_sample is None and _number(options, "temperature", 0) > 0)
    if unknown or sampling:
        wrong = f"{unknown[0]}={options[unknown[0]]}" if unknown else "sampling"
        raise BadInput(f"the task's generation_kwargs ask for {wrong}; the harness decodes greedily, so override them")
    until = options.get("until") or ()
    stop = tuple(text for text in ((until,) if isinstance(until, str) else until) if text)
    longest = next((name for name in _LONGEST if options.get(name)), _LONGEST[0])
    tokens = _number(options, longest, _MAX_GEN_TOKS)
    if tokens < 1 or not all(isinstance(text, str) for text in stop):
        wrong = f"{longest}={options[longest]}" if tokens < 1 else f"until={list(stop)}"
        raise BadInput(f"generation_kwargs: {wrong}; expected at least 1 token, and texts that end the answer")
    return GenerationRequest(prompt, int(tokens), chat=False, stop=(*stop, *ends))


def _number(options: Mapping[str, Any], name: str, usual: float) -> float:
    try:
        return float(options.get(name) or usual)
    except (TypeError, ValueError) as error:
        raise BadInput(f"generation_kwargs: {name}={options[name]}; expected a number") from error
