"""Other projects beside the installed plugin: their options, fixtures, parameters and marks are theirs."""

import pytest

pytest_plugins = ["pytester"]

# what other projects' conftests are known to call their options
NAMES = ("model", "data", "limit", "report", "method", "ratio", "store", "dtype", "corpus", "dry-run", "recipe")


@pytest.fixture
def elsewhere(pytester, monkeypatch):
    """Runs pytest in another project; the plugin comes from its entry point."""
    monkeypatch.setenv("PY_COLORS", "0")

    def run(conftest, tests, *options):
        pytester.makeconftest(conftest)
        pytester.makepyfile(tests)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_an_option_of_their_own_is_theirs(elsewhere, name):
    """A conftest may have any option that we have, and reads its own value."""
    result = elsewhere(
        f"def pytest_addoption(parser): parser.addoption('--{name}', default='none')",
        f"def test_it(pytestconfig): assert pytestconfig.getoption('--{name}') == 'theirs'",
        f"--{name}=theirs",
    )
    result.assert_outcomes(passed=1)


def test_a_plugins_option_is_theirs_whichever_is_loaded_first(elsewhere, pytester):
    """Entry points are loaded in any order; other plugins' options come first all the same."""
    pytester.makepyfile(reporter="def pytest_addoption(parser): parser.addoption('--report', action='store')")
    pytester.syspathinsert()
    result = elsewhere("", "def test_it(pytestconfig): assert pytestconfig.option.report == 'a'", "-p", "reporter",
                       "--report", "a")  # fmt: skip

    result.assert_outcomes(passed=1)


def test_ours_has_another_name_where_one_is_taken(elsewhere):
    """Beside their `--limit` there is our `--pruning-limit`, and `--help` says so."""
    theirs = "def pytest_addoption(parser): parser.addoption('--limit', type=int, default=7)"
    test = """
    from harness.plugin.options import asked
    def test_it(pytestconfig): assert (pytestconfig.option.limit, asked(pytestconfig).limit) == (7, 3)
    """
    elsewhere(theirs, test, "--pruning-limit", "3").assert_outcomes(passed=1)

    assert "--pruning-limit" in elsewhere(theirs, test, "--help").stdout.str()


THEIRS = {
    "parametrize": """
        import pytest
        @pytest.mark.parametrize("subject", ["a", "b"])
        def test_it(subject): assert subject in "ab"
    """,
    "parametrize several": """
        import pytest
        @pytest.mark.parametrize("subject, method, ratio", [("a", "b", 1)])
        def test_it(subject, method, ratio): assert (subject, method, ratio) == ("a", "b", 1)
    """,
    "parametrize a list by name": """
        import pytest
        @pytest.mark.parametrize(argnames=["ratio", "subject"], argvalues=[(1, 2)])
        def test_it(subject, ratio): assert (subject, ratio) == (2, 1)
    """,
    "fixtures": """
        import pytest
        @pytest.fixture
        def subject(method, ratio): return f"{method} {ratio}"
        @pytest.fixture
        def method(): return "get"
        @pytest.fixture
        def ratio(): return 2
        @pytest.fixture
        def claim(subject): return subject
        @pytest.fixture
        def related(): return 1
        def test_it(subject, claim, related): assert (subject, claim, related) == ("get 2", "get 2", 1)
    """,
    "fixture with parameters": """
        import pytest
        @pytest.fixture(params=[1, 2])
        def subject(request): return request.param
        def test_it(subject): assert subject in (1, 2)
    """,
    "hook": """
        def pytest_generate_tests(metafunc): metafunc.parametrize("subject", [1, 2])
        def test_it(subject): assert subject in (1, 2)
    """,
    "method alone": """
        import pytest
        @pytest.mark.parametrize("method", ["get", "post"])
        def test_it(method): assert method in ("get", "post")
    """,
    "marks": """
        import pytest
        @pytest.mark.own_method
        def test_it(): pass
        @pytest.mark.neighbour
        @pytest.mark.trains
        @pytest.mark.tiny
        def test_other(): pass
    """,
    "class": """
        import pytest
        class TestIt:
            @pytest.fixture
            def subject(self): return 3
            def test_it(self, subject): assert subject == 3
    """,
}
COUNTS = {"parametrize": 2, "fixture with parameters": 2, "hook": 2, "method alone": 2, "marks": 2}


@pytest.mark.parametrize("kind", THEIRS)
def test_their_tests_are_left_alone(elsewhere, kind):
    """Fixtures, parameters and marks that happen to have our names."""
    import textwrap

    elsewhere("", textwrap.dedent(THEIRS[kind])).assert_outcomes(passed=COUNTS.get(kind, 1))


def test_their_failures_and_warnings_are_theirs(elsewhere):
    """A warning that their project makes an error stays one; nothing is written or said by us."""
    result = elsewhere(
        "",
        "import warnings\ndef test_it(): warnings.warn('old', FutureWarning)",
        "-W", "error",
    )  # fmt: skip
    result.assert_outcomes(failed=1)

    assert "layer pruning" not in result.stdout.str()


def test_their_skips_stay_green(elsewhere, pytester):
    """Only a run of our checks that decided nothing is not."""
    result = elsewhere("", "import pytest\n@pytest.mark.skip(reason='later')\ndef test_it(): pass", "-m", "not small")

    assert result.ret == 0
    assert sorted(path.name for path in pytester.path.iterdir() if path.is_dir() and path.name[0] != "_") == []


def test_an_outside_author_uses_ours(elsewhere):
    """Our `subject`, also where a fixture of the same name is built on it, gets `--model` and `--method`."""
    tests = """
    import pytest
    @pytest.fixture
    def wrapped(subject): return subject
    def test_plain(subject, method, ratio): pass
    def test_wrapped(wrapped): pass
    @pytest.mark.parametrize("ratio", [0.5])
    def test_own_ratio(subject, method, ratio): pass
    class TestBuiltOn:
        @pytest.fixture
        def subject(self, subject): return subject
        def test_it(self, subject): pass
    """
    names = elsewhere("", tests, "--method", "random", "--collect-only", "-q").stdout.lines

    assert [name.partition("::")[2] for name in names if "::" in name] == [
        "test_plain[tiny-random-0.25]", "test_wrapped[tiny]", "test_own_ratio[tiny-random-0.5]",
        "TestBuiltOn::test_it[tiny]",
    ]  # fmt: skip


def test_a_value_of_ours_is_no_path_of_theirs(elsewhere, pytester):
    """`--data DIR` without a path runs the working directory's tests, with its conftest's options."""
    folder = pytester.mkdir("benchmarks")
    result = elsewhere(
        "def pytest_addoption(parser): parser.addoption('--mine')",
        "def test_it(pytestconfig): assert pytestconfig.option.mine == 'a'",
        "--data", str(folder), "--mine", "a",
    )  # fmt: skip
    result.assert_outcomes(passed=1)


def test_an_option_that_did_nothing_is_said(elsewhere, pytester):
    """Another plugin's `--report`, where that plugin is missing, is not swallowed without a word; nothing is made."""
    result = elsewhere("", "def test_it(): pass", "--report=out.html", "--limit", "3")

    assert (
        "--limit and --report did nothing: no collected test asks for this package's `subject`" in result.stdout.str()
    )
    assert result.ret == 0
    assert not (pytester.path / "out.html").exists()
    assert "layer pruning" not in elsewhere("", "def test_it(): pass").stdout.str()


def test_a_conftest_may_name_the_plugin(elsewhere):
    """Where plugins are not loaded by themselves; options are then at their defaults."""
    result = elsewhere(
        "pytest_plugins = ['harness.plugin']", "def test_it(subject, ratio): pass",
        "-p", "no:layer_pruning_checks", "--collect-only", "-q",
    )  # fmt: skip

    assert "::test_it[tiny-0.25]" in result.stdout.str()
