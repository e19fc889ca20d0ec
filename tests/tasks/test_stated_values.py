"""Answers as a whole, such as the content of a box: which number they state, if any."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks.arithmetic import number
from harness.tasks.gsm8k import extract_flexible, is_equal
from harness.tasks.numbers import stated_values, value_of

THIN, BIDI, MINUS = "\u202f", "\u200f", "\u2212"
WHOLE = st.integers(0, 10**7)


@given(
    st.integers(1, 999),
    st.sampled_from(
        [
            ("thousand", 1000),
            ("k", 1000),
            ("K", 1000),
            ("million", 10**6),
            ("M", 10**6),
            ("billion", 10**9),
            ("bn", 10**9),
            ("dozen", 12),
            ("Dozens", 12),
            ("hundred", 100),
            ("hundred thousand", 10**5),
            ("-dozen", 12),
            (r"\text{ million dollars}", 10**6),
            ("lakh", 10**5),
            ("万", 10**4),
            ("萬", 10**4),
            ("億", 10**8),
            ("억", 10**8),
            ("mn", 10**6),
            ("mln", 10**6),
            ("quadrillion", 10**15),
            ("doz", 12),
            ("gross", 144),
            ("tens", 10),
            ("grand", 1000),
            ("half-dozens", 6),
            ("half dozen", 6),
            ("and a half", None),
        ]
    ),
)
def test_words_that_scale_multiply(value, scale):
    """`18 thousand` is 18000 and never 18, in a box, in prose and at the beginning."""
    word, factor = scale
    meant = value * factor if factor else value + Fraction(1, 2)
    text = f"{value}{'' if word in 'KMk' else ' '}{word}"
    for read in (extract_flexible(rf"\boxed{{{text}}}"), extract_flexible(f"that is {text}")):
        assert is_equal(read, str(meant)) is True
        assert is_equal(read, str(value)) is False
    if "\\" not in text:
        assert number(text) == meant


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_a_decimal_is_not_the_whole_number_before_it(whole, hundredths):
    """12.5 counts for 12.5 alone; 12.00 is 12."""
    text = f"{whole}.{hundredths:02}"
    assert number(f" {text}") == stated_values(text)[0] == Fraction(text)
    assert number(f" {text}") != whole
    assert not is_equal(text, str(whole))
    assert is_equal(f"{whole}.00", str(whole))
    assert number(f"{whole}. The") == whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\frac{36}{2}", "18"),
        (r"\dfrac{1}{2}", "0.5"),
        (r"\frac12", "0.5"),
        (r"17\frac{1}{2}", "17.5"),
        ("17½", "17.5"),
        ("17 1/2 hours", "17.5"),
        ("17 and 1/2", "17.5"),
        ("36/2", "18"),
        ("12/6/3", "2/3"),
        ("1.8e1", "18"),
        (r"1.8 \times 10^{1}", "18"),
        ("2^4 + 2", "18"),
        (r"2 \cdot (4 + 5)", "18"),
        ("2(9)", "18"),
        ("2 + 16 = 18", "18"),
        ("18 = 2 * 9", "18"),
        ("x = 18", "18"),
        ("018", "18"),
        ("\uff11\uff18", "18"),
        ("٣٤", "34"),
        ("18,5", "18.5"),
        (".5", "0.5"),
        ("1.234,50", "1234.5"),
        ("1.234.567", "1234567"),
        ("12,34,567", "1234567"),
        ("18.", "18"),
        ("half of 36", "18"),
        ("half a dozen", "6"),
        (r"\text{half a million}", "500000"),
        ("1.5 dozen", "18"),
        (r"\frac12 \text{ dozen}", "6"),
        ("½ dozen", "6"),
        ("3 gross of pencils", "432"),
        ("$18 gross", "18"),
        ("18 gross income", "18"),
        ("18 grand total", "18"),
        ("18 grand pianos", "18"),
        ("18 grandchildren", "18"),
        ("x: 18", "18"),
        ("18 y/o", "18"),
        (r"18 \text{ y}", "18"),
        (r"18\,\mathrm{y}", "18"),
        (r"18 \mbox{z}", "18"),
        ("18 x 2", "36"),
        ("1/2 million", "500000"),
        ("18+", "18"),
        ("(18)", "18"),
        ("*18*", "18"),
        ("18 (9 men and 9 women)", "18"),
        (r"\text{Yes, } 18 \text{ eggs}", "18"),
        ("3 times 6", "18"),
        ("18🎉", "18"),
        (r"\underline{18}", "18"),
        (r"\textcolor{red}{18}", "18"),
        (r"\boxed{\large 18}", "18"),
        ("eighteen (18)", "18"),
        ("18-year-old", "18"),
        ("18%", "0.18"),
        ("18%", "18"),
    ],
)
def test_a_stated_answer_may_be_written_so(text, value):
    """Fractions, calculations, digits of other scripts, decimal commas, remarks."""
    assert Fraction(value) in stated_values(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eighteen",
        "18, 20",
        "18 and 20",
        "18 or 20",
        "x = 18, y = 20",
        "3:18",
        r"\sqrt{18}",
        "√18",
        "18 < x",
        "|18|",
        r"\log(18)",
        "log(18)",
        r"18 \pi",
        "18x",
        "18 x",
        "18n",
        "18xy",
        "18x^2",
        r"18 \text{ y} + 3",
        r"18 \mathrm{x}^2",
        r"18 \times x",
        "2x + 3",
        "18 + x",
        "x + 18",
        "20 - y",
        "x - 18",
        "18 per 2 days",
        "18 hours 30 minutes",
        "3! + 12",
        "18 eggs (9)",
        "1/0",
        "2/0",
        "x2",
        "2^{10^{9}}",
        "2^100",
        "9999999^9",
        "1e99",
        "9" * 41,
        "(" * 50 + "18" + ")" * 50,
        "--18",
        "18 36/2",
        "18" * 600,
    ],
)
def test_what_states_no_number_or_several_has_no_value(text):
    """Lists, functions, inequalities, ratios, and whatever would be costly to compute."""
    assert stated_values(text) == ()
    assert not is_equal(text, "18")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"-\boxed{18}", -18),
        (r"$-\boxed{18}$", -18),
        (r"x = - \boxed{\$18}", -18),
        (MINUS + r"\boxed{x = 18}", -18),
        (r"-\boxed{9 + 9}", -18),
        (r"20 - \boxed{18}", 18),
        (r"- \boxed{18}", 18),
        (r"9 + 9 = \boxed{18}", 18),
        (r"\boxed{18} thousand", 18_000),
        (r"$\boxed{18}$ thousand dollars", 18_000),
        (r"\boxed{1.5}\text{ million}", 1_500_000),
        (r"\boxed{18}k", 18_000),
        (r"-\boxed{18} dozen", -216),
        (r"\boxed{18}^2", 324),
        (r"\boxed{18}^\circ", 18),
        (r"\boxed{36}/2", 18),
        (r"\boxed{18}\%", 18),
        (r"\boxed{18} kg", 18),
        (r"\boxed{18}. A thousand thanks", 18),
        (r"\boxed{18} + 2", 20),
        (r"so $\boxed{18} + 2 = 20$ eggs", 20),
        (r"$\boxed{9 + 9}$ \times 2", 36),
        (r"-\boxed{18} + 2", -16),
        (r"\boxed{36} / 2", 18),
        (r"\boxed{1.5} million - 2", 1_499_998),
        (r"\boxed{18} = 18", 18),
        (r"\boxed{18}-year-old", 18),
        ("\\boxed{18}\n- 2 eggs", 18),
        (r"\boxed{18}. 2 + 2", 18),
        (r"\boxed{18}, 2 a day", 18),
        (r"\boxed{18} thousandths", 18),
        ("\\boxed{18}\n\nHundreds", 18),
    ],
)
def test_what_stands_directly_at_a_box_belongs_to_it(text, value):
    """A sign before it; a word that scales, a power or the rest of a calculation after it; no prose."""
    assert value_of(extract_flexible(text)) == value


@pytest.mark.parametrize("text", ["18x", "18 + x", "2x + 3", r"18 \times x", "18xy", "20 - y"])
def test_unknowns_are_no_numbers_to_math_verify_either(text):
    """Whatever the unknown is, the number beside it is another."""
    from math_verify import parse, verify

    answer = parse(rf"\boxed{{{text}}}", parsing_timeout=None)
    golds = [parse(rf"\boxed{{{gold}}}", parsing_timeout=None) for gold in ("18", "2", "3", "5", "20")]
    assert not any(verify(gold, answer, timeout_seconds=None) for gold in golds)
