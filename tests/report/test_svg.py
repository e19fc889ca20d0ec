"""Plots of the page."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from harness.report.svg import dots, forest, lines, reach, ticks

ROW = {
    "effect": {"estimate": 0.4, "low": 0.3, "high": 0.5},
    "minimum": 0.1,
    "paper": {"number": 0.45},
}


def drawn(plot):
    """An SVG's elements by class."""
    found = {}
    for element in ET.fromstring(plot).iter():
        found.setdefault(element.get("class"), []).append(element)
    return found


def test_a_forest_plot_has_interval_estimate_minimum_and_the_papers_figure():
    """In order along one axis; and in words for who cannot see it."""
    plot = forest(ROW, 0.0, 1.0)
    found = drawn(plot)
    (interval,), (estimate,), (minimum,) = found["interval"], found["estimate"], found["minimum"]

    assert float(minimum.get("x1")) < float(interval.get("x1")) < float(estimate.get("cx")) < float(interval.get("x2"))
    assert found["paper"]
    assert 'aria-label="0.400 [0.300, 0.500], minimum 0.1; the paper&#x27;s 0.45"' in plot


def test_the_minimum_and_the_papers_own_values_stand_in_every_plot():
    """Dashed, and as diamonds, on the same axes."""
    value = {"estimate": 0.6, "low": 0.5, "high": 0.7}
    one = drawn(dots({"facts": value}, "retention", 0.7, {"facts": [0.9]}))
    points = [{"x": 0, **value}, {"x": 2, **value}]
    many = drawn(lines({"hit": points, "single": points[:1]}, "layer", "retention", 0.7, {"hit": [(1, 0.9), (4, 9.0)]}))

    assert len(one["minimum"]) == len(one["paper"]) == len(many["minimum"]) == 1
    assert float(one["minimum"][0].get("x1")) > float(one["estimate"][0].get("cx"))
    assert len(many["paper series0"]) == 2
    assert len(many["interval series1"]) == 1


def test_an_axis_holds_every_estimate_and_no_interval_without_end():
    """Values of any unit are drawn where they are; an interval that reaches far beyond all of them is cut."""
    far = [{"x": 0, "estimate": 50.0, "low": 40.0, "high": 60.0}, {"x": 1, "estimate": 0.0, "low": -900.0, "high": 3.0}]
    upper, lower = (float(circle.get("cy")) for circle in drawn(lines({"a": far}, "x", "y"))["estimate series0"])
    band = drawn(lines({"a": far}, "x", "y"))["band series0"][0].get("points")

    assert lower - upper > 40
    assert all(0 <= float(pair.split(",")[1]) <= 260 for pair in band.split())


def test_without_an_effect_or_a_figure_there_is_nothing_to_draw():
    """A claim that was not testable has no plot, a claim of nobody else no diamond."""
    assert forest(ROW | {"effect": None}, 0.0, 1.0) == ""
    assert "paper" not in drawn(forest(ROW | {"paper": {}}, 0.0, 1.0))


def test_an_undefined_interval_is_not_drawn():
    """Nor an undefined estimate."""
    found = drawn(forest(ROW | {"effect": {"estimate": None, "low": None, "high": None}}, 0.0, 1.0))
    assert not {"interval", "estimate"} & found.keys()


def test_all_forest_plots_share_an_axis_that_is_not_endless():
    """From 0 to 1, further where an interval reaches further, cut at -1 and 2."""
    assert reach([ROW]) == (0.0, 1.0)
    assert reach([ROW, ROW | {"effect": {"estimate": 0, "low": -0.5, "high": 40.0}}]) == (-0.5, 2.0)


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-6, 1e6))
def test_ticks_lie_inside_and_are_few(low, width):
    """Whatever the range."""
    found = ticks(low, low + width)
    assert 1 <= len(found) <= 12
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_layers_are_whole():
    """No half layer stands at the axis, and no point is lost."""
    points = [{"x": layer, "estimate": 0.5, "low": 0.4, "high": 0.6} for layer in range(4)]
    plot = lines({"reasoning": points}, "removed layer", "retention")

    assert re.findall(r">([0-9.]+)</text>", plot)[:4] == ["0", "1", "2", "3"]
    assert len(drawn(plot)["estimate series0"]) == 4


def test_a_name_is_text():
    """A task that is called like markup."""
    plot = dots({"<b>&": {"estimate": 0.5, "low": 0.4, "high": 0.6}}, "retention")
    assert "&lt;b&gt;&amp;" in plot
    assert ET.fromstring(plot) is not None
