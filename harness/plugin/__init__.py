"""The pytest plugin, as pytest finds it: hooks, and the fixtures that a check may ask for.

Loaded by entry point wherever the package is installed. It does nothing to tests that do not ask for our `subject`
(`ours`), and its options give way to everyone else's (`options`).
"""

from harness.plugin.fixtures import claim, earlier, healed, related, subject
from harness.plugin.hooks import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_load_initial_conftests,
    pytest_report_collectionfinish,
    pytest_runtest_setup,
)
from harness.plugin.outcomes import (
    pytest_pyfunc_call,
    pytest_report_teststatus,
    pytest_runtest_makereport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = [
    "claim",
    "earlier",
    "healed",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_load_initial_conftests",
    "pytest_pyfunc_call",
    "pytest_report_collectionfinish",
    "pytest_report_teststatus",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "related",
    "subject",
]
