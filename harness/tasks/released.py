"""When each benchmark was published: what a model whose training data reach beyond may have read. Data, no code.

The month is that of the paper's arXiv number; the numbers are those in lm-eval's task descriptions (0.4.13), XSum's and
EvalPlus' those of their authors' repositories.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Released:
    """A benchmark's paper."""

    month: str
    arxiv: str


_ARITHMETIC = Released("May 2020", "2005.14165")
_ARC = Released("March 2018", "1803.05457")
_GSM8K = Released("October 2021", "2110.14168")
_EVALPLUS = Released("May 2023", "2305.01210")
"""Its tests; the problems are HumanEval's (July 2021, 2107.03374) and MBPP's (August 2021, 2108.07732)."""

RELEASED: Mapping[str, Released] = {
    "hellaswag": Released("May 2019", "1905.07830"),
    "piqa": Released("November 2019", "1911.11641"),
    "mmlu": Released("September 2020", "2009.03300"),
    "winogrande": Released("July 2019", "1907.10641"),
    "openbookqa": Released("September 2018", "1809.02789"),
    "arc_easy": _ARC,
    "arc_challenge": _ARC,
    "arc_easy_generated": _ARC,
    "arc_easy_chain": _ARC,
    "gsm8k": _GSM8K,
    "gsm8k_choice": _GSM8K,
    "gsm8k_number": _GSM8K,
    "gsm8k_number_choice": _GSM8K,
    "human_eval_plus": _EVALPLUS,
    "mbpp_plus": _EVALPLUS,
    "xsum": Released("August 2018", "1808.08745"),
    "arithmetic": _ARITHMETIC,
    "arithmetic_answer": _ARITHMETIC,
    "arithmetic_first_digit": _ARITHMETIC,
    "two_digit_addition": _ARITHMETIC,
    "two_digit_subtraction": _ARITHMETIC,
    "three_digit_addition": _ARITHMETIC,
    "two_digit_multiplication": _ARITHMETIC,
}
"""By task; the mini-world's have none."""
