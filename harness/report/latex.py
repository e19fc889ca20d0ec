r"""The claims of a report as a LaTeX table, for papers: booktabs, everything escaped. Pure.

It needs `\usepackage{booktabs}`; everything else is in any LaTeX.
"""

from collections.abc import Sequence
from math import isfinite

from harness.decide.resample import CONFIDENCE
from harness.report.match import proxy_lines
from harness.report.names import RUN_OPTIONS
from harness.report.record import ClaimRecord
from harness.report.summary import significant

HEAD = ("Claim", "Method", "Effect", "Minimum", "Paper", "Verdict")
_COLUMNS = r"p{.34\linewidth}p{.14\linewidth}rrp{.14\linewidth}l"
_SIGNS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    **{sign: f"\\{sign}" for sign in "{}$&#_%"},
}
_ESCAPES = str.maketrans(_SIGNS)
_TYPEWRITTEN = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"") | {0x2013: "--", 0x2014: "---"}
_LATIN = 0x180
"""Letters below are in the fonts of every LaTeX."""


def latex_table(records: Sequence[ClaimRecord]) -> str:
    """A `table` with one line a claim: what it says, how it was asked, ours, the minimum, the paper's, the verdict."""
    models = list(dict.fromkeys(record.model for record in records))
    body = [" & ".join(_cells(record, several=len(models) > 1)) + r" \\" for record in records]
    lines = [
        "% made by: harness report DIR --latex FILE; needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{_caption(records, ', '.join(models))}}}",
        r"\label{tab:layer-pruning-checks}",
        rf"\begin{{tabular}}{{{_COLUMNS}}}",
        r"\toprule",
        " & ".join(HEAD) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """A text that LaTeX prints as it is: no command, no comment, no line of its own, no sign without a font."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text.translate(_TYPEWRITTEN))
    return "".join(sign if ord(sign) < _LATIN else "?" for sign in plain).translate(_ESCAPES)


def _caption(records: Sequence[ClaimRecord], models: str) -> str:
    """What a reader must know to read the table."""
    said = [
        f"Claims about removing layers from {models}",
        f"effects with their {100 * CONFIDENCE:g} % intervals, or with those that a search over layers or looks needs",
        "reproduced: the whole interval lies above the minimum; contradicted: below",
        *proxy_lines(records),
    ]
    weak = r" $\dagger$: not after Holm's correction over its family." if any(map(_doubtful, records)) else ""
    return ". ".join(f"{sentence[:1].upper()}{sentence[1:]}" for sentence in map(escaped, said)) + f".{weak}"


def _doubtful(record: ClaimRecord) -> bool:
    return record.verdict == "reproduced" and not significant(record)


def _cells(record: ClaimRecord, *, several: bool) -> list[str]:
    """One line; the model is named where there are several."""
    effect, paper = record.effect, record.paper
    own = [f"{name.replace('_', ' ')} {value}" for name, value in record.params.items()
           if name not in (*RUN_OPTIONS, "method", "ratio")]  # fmt: skip
    how = [record.model] if several else []
    how += [str(record.params["method"])] if "method" in record.params else []
    how += [f"{100 * record.params['ratio']:g} %"] if isinstance(record.params.get("ratio"), int | float) else own
    doubt = r"$^\dagger$" if _doubtful(record) else ""
    return [
        escaped(record.title),
        escaped(", ".join(how) or "every layer"),
        _effect(record),
        _math(f"{record.minimum:g}") if effect else "--",
        _math(f"{paper.number:g}") if paper.number is not None else escaped(paper.value),
        escaped(record.verdict) + doubt,
    ]


def _effect(record: ClaimRecord) -> str:
    effect = record.effect
    if effect is None:
        return "--"
    if not isfinite(effect.estimate):
        return "undefined"
    wide = f" ({100 * effect.confidence:.3g} %)" if effect.confidence != CONFIDENCE else ""
    return _math(effect.in_words(record.minimum)) + escaped(wide)


def _math(figures: str) -> str:
    """Figures with minus signs that are no hyphens."""
    return f"${figures.replace(' ', '~')}$"
