#!/usr/bin/env python3
"""Writes the API reference from the sources: the C++ headers, and the Python package with its type stubs.

    python scripts/make_reference.py [FOLDER]      FOLDER: where to write; else build/reference

index.md leads to a page for each folder of include/peak and one for each Python module. The headers are parsed as text; the
package must be importable. Pages are made, not kept: nobody edits them, and they are never older than the sources.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
HEADERS = ROOT / "include" / "peak"
PYTHON = ROOT / "python" / "peaktrade"
# Public modules, in the order of the guide.
MODULES = (
    "peaktrade",
    "peaktrade.indicators",
    "peaktrade.metrics",
    "peaktrade.core.cache",
    "peaktrade.core.cache.decorators",
    "peaktrade.core.parallel",
    "peaktrade.core.numpy_accel",
    "peaktrade.core.serialization",
    "peaktrade.data.async_loader",
    "peaktrade.data.query_profiler",
    "peaktrade.benchmark",
    "peaktrade.config",
)
NAMESPACE = re.compile(r"^(namespace [\w:]* ?\{|\}  // namespace.*)$")
DECLARED = re.compile(r"^(?:template .*\s)?(?:class|struct|enum class|using) (\w+)|^[\w\[\]:<>,*& ]*?[ *&](\w+)\(")


# ---- C++ -------------------------------------------------------------------------------------------------------------


def contract_of(lines: list[str]) -> tuple[str, int]:
    """The comment that a header opens with, and the line after it."""
    end = next((number for number, line in enumerate(lines) if not line.startswith("//")), len(lines))
    return "\n".join(line.removeprefix("//").removeprefix(" ") for line in lines[:end]), end


def without_private(lines: list[str]) -> list[str]:
    """A class's private part is nobody's reference: left out from its label to the class's end."""
    kept, hidden = [], False
    for line in lines:
        if line.strip() == "private:":
            hidden = True
        elif hidden and re.match(r"^(\};|\s*(public|protected):)", line):
            hidden = False
        if not hidden:
            kept.append(line)
    return kept


def declarations_of(lines: list[str]) -> list[str]:
    """What a program may use: no preprocessor lines, namespaces or private parts; one empty line between things."""
    kept: list[str] = []
    for line in without_private(lines):
        if line.startswith("#") or NAMESPACE.match(line) or (not line.strip() and (not kept or not kept[-1].strip())):
            continue
        kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def names_of(declarations: list[str]) -> list[str]:
    """Types and functions that stand at the outer level, each once, in the order of the header."""
    names: dict[str, None] = {}
    for line in declarations:
        found = DECLARED.match(line.removeprefix("[[nodiscard]] ").removeprefix("inline ").removeprefix("constexpr "))
        if found:
            names[found.group(1) or found.group(2)] = None
    return list(names)


def header_page(folder: Path) -> tuple[str, list[tuple[str, list[str]]]]:
    """The page of a folder, and the names of each of its headers."""
    parts, index = [f"# peak/{folder.name}\n"], []
    for header in sorted(folder.glob("*.hpp")):
        lines = header.read_text(encoding="utf-8").splitlines()
        contract, start = contract_of(lines)
        declarations = declarations_of(lines[start:])
        index.append((header.name, names_of(declarations)))
        code = "\n".join(declarations)
        parts.append(
            f"## {header.name}\n\n`#include <peak/{folder.name}/{header.name}>`\n\n```text\n{contract}\n```\n\n```cpp\n{code}\n```\n"
        )
    return "\n".join(parts), index


# ---- Python ----------------------------------------------------------------------------------------------------------


def stubs_of(module: str) -> dict[str, list[str]]:
    """Signatures as the type stubs have them, by name; overloads are several."""
    path = PYTHON.joinpath(*module.split(".")[1:])
    found: dict[str, list[str]] = {}
    for file in (path.with_suffix(".pyi"), path / "__init__.pyi", path.with_suffix(".py"), path / "__init__.py"):
        if not file.exists():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.col_offset in (0, 4):
                found.setdefault(node.name, []).append(signature(node))
        break
    return found


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{word} {node.name}({ast.unparse(node.args)}){returns}"


def public_names(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    listed = dir(module) if module.__name__ in ("peaktrade", "peaktrade.indicators") else names
    return sorted(name for name in listed or dir(module) if not name.startswith("_") and name not in ("annotations",))


def signature_of(name: str, thing: object, stubs: dict[str, list[str]]) -> str:
    native = getattr(thing, "__nb_signature__", None)
    if native:
        return "\n".join(str(entry[0]) for entry in native)
    if not inspect.isclass(thing) and name in stubs:
        return "\n".join(stubs[name])
    try:
        return f"{name}{inspect.signature(thing)}"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name


def members_of(thing: type) -> list[str]:
    """Public members of a class with the first line of what they say."""
    lines = []
    for name, member in sorted(vars(thing).items()):
        if name.startswith("_") or inspect.ismodule(member):
            continue
        told = inspect.getdoc(member) or ""
        first = told.splitlines()[0] if told else ""
        call = "()" if callable(member) and not isinstance(member, property) else ""
        lines.append(f"* `{name}{call}`{': ' + first if first else ''}")
    return lines


def module_page(name: str) -> tuple[str, list[str]]:
    module = importlib.import_module(name)
    stubs = stubs_of(name)
    parts = [f"# {name}\n\n```text\n{inspect.getdoc(module) or ''}\n```\n"]
    names = public_names(module)
    for item in names:
        thing = getattr(module, item)
        if inspect.ismodule(thing):
            continue
        parts.append(f"## {item}\n")
        if callable(thing):
            parts.append(f"```python\n{signature_of(item, thing, stubs)}\n```\n")
        told = inspect.getdoc(thing) if callable(thing) else f"`{thing!r}`"
        if told:
            parts.append(f"```text\n{told}\n```\n" if callable(thing) else told + "\n")
        if inspect.isclass(thing):
            parts.append("\n".join(members_of(thing)) + "\n")
    return "\n".join(parts), names


# ---- both ------------------------------------------------------------------------------------------------------------


def write_reference(target: Path) -> dict[str, list[str]]:
    """Writes every page; gives the names on each, by page."""
    target.mkdir(parents=True, exist_ok=True)
    index = ["# API reference\n", "Made from the sources by `scripts/make_reference.py`.\n", "## C++\n"]
    pages: dict[str, list[str]] = {}
    for folder in sorted(path for path in HEADERS.iterdir() if path.is_dir()):
        text, headers = header_page(folder)
        (target / f"cpp_{folder.name}.md").write_text(text, encoding="utf-8")
        pages[f"cpp_{folder.name}.md"] = [name for _, names in headers for name in names]
        index.append(f"### [peak/{folder.name}](cpp_{folder.name}.md)\n")
        index += [f"* `{header}`: {', '.join(f'`{name}`' for name in names)}" for header, names in headers]
        index.append("")
    index.append("## Python\n")
    for name in MODULES:
        page = name.replace(".", "_") + ".md"
        text, names = module_page(name)
        (target / page).write_text(text, encoding="utf-8")
        pages[page] = names
        index.append(f"* [{name}]({page}): {', '.join(f'`{item}`' for item in names)}")
    (target / "index.md").write_text("\n".join(index) + "\n", encoding="utf-8")
    return pages


if __name__ == "__main__":
    made = write_reference(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "reference")
    print(f"{len(made)} pages, {sum(map(len, made.values()))} names")
