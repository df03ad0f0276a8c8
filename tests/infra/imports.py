"""What modules import, and whether it was shipped with them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from wordvectors.project import root


def assert_imports_are_in(folder: Path, modules: Iterable[str], packages: tuple[str, ...]) -> None:
    """Fail unless a folder holds these modules and, of these packages, all that they import, and so on."""
    files_of(folder, modules, packages)


def files_of(folder: Path, modules: Iterable[str], packages: tuple[str, ...]) -> dict[str, Path]:
    """Return the files of these modules and, of these packages, of all that they import, and so on, by module."""
    reached: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module in reached:
            continue
        path = folder / Path(*module.split("."))
        reached[module] = file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert file.exists(), f"{module} is imported but not shipped"
        waiting += [name for name in imports(file) if name.split(".")[0] in packages]
    return reached


def imports(file: Path) -> set[str]:
    """Return the modules that a file imports when it runs, by name: not those that its types alone need."""
    found = set()
    for node in _run(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            assert node.module is not None
            found.add(node.module)
            package = root() / Path(*node.module.split("."))
            if package.is_dir():
                found |= {
                    f"{node.module}.{alias.name}"
                    for alias in node.names
                    if (package / alias.name).is_dir() or (package / f"{alias.name}.py").exists()
                }
    return found


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes, without those that stand under `if TYPE_CHECKING`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING"):
            yield from _run(child)
