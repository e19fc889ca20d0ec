"""Methods of other packages: how they are found and asked, and what is said where their code fails.

Whatever goes wrong in code that is not ours is one sentence with the place in that code; `pytest --full-trace` shows
the rest.
"""

import inspect
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.methods.method import SIGNATURE, Method, signature_error
from harness.models.state import differences, some, switches

_OURS = str(Path(__file__).parent.parent)
_LONGEST = 300  # characters of a foreign message


class Crash(BadInput):
    """A method raised something else than BadInput."""

    def __init__(self, name: str, what: str) -> None:
        """Keep `what` apart: the contract has a sentence of its own around it."""
        super().__init__(
            f"method {name} crashed ({what}); expected layer indices, or a harness.errors.BadInput that says what to do"
        )
        self.what = what


def foreign_method(name: str, module: str, attribute: str) -> Method:
    """The method `attribute` of a module, declared or a bare function; `name` is what the user wrote.

    Raises:
        BadInput: there is none that can be asked.
    """
    _require_dotted(name, module, attribute)
    before = switches()
    try:
        found = attrgetter(attribute)(import_module(module))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        what = _unfound(module, error) or at(error)
        raise BadInput(f"--method {name}: cannot be imported ({what}); expected package.module:function") from error
    turned = differences(before, switches())
    if turned:
        raise BadInput(
            f"--method {name}: importing {module} changed {some(turned)}, with which everything else would run; turn "
            f"it inside the function, and back"
        )
    if not callable(found):
        raise BadInput(f"--method {name}: is {type(found).__name__}, expected {SIGNATURE}")
    method = replace(found, name=name) if isinstance(found, Method) else Method(name, found)
    if inspect.iscoroutinefunction(method.function) or inspect.isasyncgenfunction(method.function):
        raise BadInput(f"--method {name}: is an async function, and is not awaited; expected {SIGNATURE}")
    wrong = signature_error(method)
    if wrong is not None:
        raise BadInput(f"--method {name}: {wrong}; expected {SIGNATURE}")
    return method


def asked(method: Method, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  # whatever it returns
    """What a foreign method answers.

    Raises:
        BadInput: it refuses, or crashed (`Crash`).
    """
    try:
        answer = method.ask(given)
        if inspect.iscoroutine(answer):
            answer.close()  # else Python warns that nobody awaited it
        return tuple(answer) if isinstance(answer, Iterator) else answer  # a generator runs when it is read
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # pytest.skip() and pytest.fail() are no Exceptions
        raise Crash(method.name, at(error)) from error


def at(error: BaseException) -> str:
    """An error of foreign code as `KeyError: 'boom', mymod.py:12`: the last line neither ours nor a library's."""
    place = _place(error)
    message = " ".join(_written(error).split())[:_LONGEST]
    kind = type(error).__name__
    return (f"{kind}: {message}" if message else kind) + (f", {place}" if place else "")


def _written(error: BaseException) -> str:
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # foreign, and the crash that it belongs to is what must be said
        return "a message that cannot be written"


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_machinery(frame.filename)]
    authors = [frame for frame in frames if not _is_library(frame.filename)] or frames[:1]
    return f"{_shortest(authors[-1].filename)}:{authors[-1].lineno}" if authors else ""


def _is_machinery(file: str) -> bool:
    return file.startswith((_OURS, "<frozen", "<string>")) or file.endswith("importlib/__init__.py")


def _is_library(file: str) -> bool:
    """Torch and the like lie in the interpreter's folders; a method installed there is the first frame after ours."""
    return file.startswith((sys.prefix, sys.base_prefix))


def _shortest(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _require_dotted(name: str, module: str, attribute: str) -> None:
    """Refuse paths of files, and what Python could never import.

    Raises:
        BadInput: the parts are no names.
    """
    if "/" in module or "\\" in module or module.endswith(".py"):
        file = Path(module)
        raise BadInput(
            f"--method {name}: names a file, expected package.module:function; put its folder on Python's path and "
            f"name the module: PYTHONPATH={file.parent} pytest ... --method {file.stem}:{attribute}"
        )
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise BadInput(f"--method {name}: expected package.module:function, each part a Python name")


def _unfound(module: str, error: BaseException) -> str | None:
    """Of a module that lies in the working directory but not on the path; `pytest` does not search there."""
    missing = isinstance(error, ModuleNotFoundError) and error.name == module.partition(".")[0]
    here = Path(*module.split("."))
    if missing and (here.with_suffix(".py").is_file() or here.is_dir()):
        return f"{error}; it lies here: run `python -m pytest`, or set PYTHONPATH=."
    return str(error) if isinstance(error, ModuleNotFoundError) and missing else None
