"""What a program defines, gives and uses, by its syntax tree. Pure."""

import ast
import warnings

from harness.execute.outcome import parsed


def callable_by_name(code: str, entry_point: str) -> str:
    """`code`, with the entry point as a name of the module where only a class has it, as a method."""
    tree = parsed(code)
    if tree is None or entry_point in _top_level(tree.body):
        return code
    owners = [node for node in tree.body if isinstance(node, ast.ClassDef)
              and any(entry_point in names_of(inner) for inner in node.body)]  # fmt: skip
    owners = [node for node in owners if _is_complete(node.body, entry_point)] or owners
    owner = next((node.name for node in owners if node.name == "Solution"), owners[-1].name if owners else None)
    return code if owner is None else f"{code.rstrip()}\n\n\n{entry_point} = {owner}().{entry_point}"


def has_function(tree: ast.Module, entry_point: str) -> bool:
    """Whether a program's top level has the function and more than a stub of it."""
    lambdas = [node for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))
               and isinstance(node.value, ast.Lambda) and entry_point in names_of(node)]  # fmt: skip
    return _is_complete(tree.body, entry_point) or (bool(lambdas) and _stands_alone(tree))


def has_method(tree: ast.Module, entry_point: str) -> bool:
    """Whether a class of the program has such a method."""
    return any(isinstance(node, ast.ClassDef) and _is_complete(node.body, entry_point) for node in tree.body)


def gives(tree: ast.Module, entry_point: str) -> bool:
    """Whether a program imports the entry point or names something so that is no result of it: not `f = f(3)`."""
    nodes = [node for node in tree.body if entry_point in names_of(node)]
    return _stands_alone(tree) and any(
        isinstance(node, (ast.Import, ast.ImportFrom))
        or (
            isinstance(node, (ast.Assign, ast.AnnAssign))
            and isinstance(node.value, (ast.Lambda, ast.Name, ast.Attribute, ast.Call))
            and entry_point not in names_used(node.value)
        )
        for node in nodes
    )


def _stands_alone(tree: ast.Module) -> bool:
    """Whether a text is a program, and not the body of a function: `return` has its place inside one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_complete(body: list[ast.stmt], entry_point: str) -> bool:
    """Whether a function of these statements does more than stand there."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name == entry_point
        and not all(map(_does_nothing, node.body))
        and not any("abstractmethod" in ast.dump(decorator) for decorator in node.decorator_list)
        for node in body
    )


def _does_nothing(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    refuses = isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(statement)
    return is_text or refuses or isinstance(statement, ast.Pass)


def names_used(node: ast.AST) -> set[str]:
    """Names that a piece of a program reads."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)}


def names_of(node: ast.stmt) -> set[str]:
    """What a statement of a module defines: functions, classes, imports and constants; calls define nothing."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _top_level(body: list[ast.stmt]) -> set[str]:
    return {name for node in body for name in names_of(node)}
