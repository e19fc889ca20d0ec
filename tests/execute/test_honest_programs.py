"""What a sandboxed program may do."""

import importlib.util

import pytest

from harness.execute.program import Program
from harness.execute.sandbox import run_programs

STANDARD = [
    "argparse",
    "array",
    "ast",
    "asyncio",
    "base64",
    "binascii",
    "bisect",
    "bz2",
    "calendar",
    "codecs",
    "collections.abc",
    "colorsys",
    "concurrent.futures",
    "configparser",
    "contextvars",
    "copy",
    "csv",
    "ctypes",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "email.message",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "getpass",
    "gettext",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.parser",
    "http.client",
    "imghdr",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "linecache",
    "locale",
    "logging",
    "lzma",
    "math",
    "mimetypes",
    "multiprocessing",
    "numbers",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "plistlib",
    "pprint",
    "queue",
    "random",
    "re",
    "sched",
    "secrets",
    "select",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "subprocess",
    "symtable",
    "sys",
    "sysconfig",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "token",
    "tokenize",
    "trace",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "unittest.mock",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "wave",
    "weakref",
    "xml.etree.ElementTree",
    "zipfile",
    "zlib",
    "zoneinfo",
]


def test_the_standard_library_can_be_imported():
    """As root and as a user alike, wherever Python lies: the same answer gets the same verdict."""
    source = f"""import importlib, warnings
def f():
    failed = []
    for name in {STANDARD!r}:
        try: importlib.import_module(name)
        except ImportError as error: failed.append(repr(error))
    return failed"""
    (result,) = run_programs([Program(source, "f", ((),))])
    here = [name for name in STANDARD if importlib.util.find_spec(name.split(".")[0]) is None]

    assert (result.outcome, result.values[0][len(here) :]) == ("ok", []), result.detail


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return list(concurrent.futures.ThreadPoolExecutor(8).map(abs, [-1, -2]))", [1, 2]),
        ("return asyncio.run(asyncio.sleep(0, 7))", 7),
        ("return mimetypes.guess_type('a.html')[0]", "text/html"),
        ("return str(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset())", "2:00:00"),
        ("return time.localtime(0).tm_hour, os.listdir('.')", (0, [])),
        ("with open(os.devnull, 'w') as null: print('a', file=null)\n    return os.path.abspath('a')[-1]", "a"),
    ],
)
def test_what_honest_programs_do_works(body, value):
    """Threads, event loops, time zones, the time of the world and not of the machine, an empty folder."""
    imports = "import asyncio, concurrent.futures, datetime, mimetypes, os, time, zoneinfo"
    (result,) = run_programs([Program(f"{imports}\ndef f():\n    {body}\n", "f", ((),))])

    assert (result.outcome, result.values) == ("ok", (value,)), result.detail
