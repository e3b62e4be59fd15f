"""Writes the type stubs that are made from the built library: _native.pyi, _functions.pyi and indicators.pyi.

    python scripts/make_stubs.py [FOLDER]      FOLDER: where to write; else beside the package's sources

Run it with the package installed, after an indicator or a binding was added; a test compares its output with what is
committed.
"""

import re
import subprocess
import sys
from pathlib import Path

from peaktrade import _native

SOURCES = Path(__file__).resolve().parents[1] / "python" / "peaktrade"
HEADER = "# Made by scripts/make_stubs.py from the registry of functions and indicators.\n"


def number(value):
    return f"{value:g}"


def parameters(info):
    return [f"{entry['name']}: _Operand = {number(entry['default'])}" for entry in info["parameters"]]


def docstring(name):
    signature, meaning = _native.function_help(name)
    return f'    """{signature}: {meaning}"""' if '"' not in meaning else f"    '''{signature}: {meaning}'''"


def indicator_functions(name):
    """With its inputs, and without them: then they are the columns of the same names."""
    info = _native.indicator_info(name)
    inputs = [f"{entry}: Expression" for entry in info["inputs"]]
    left_out = [f"{entry}: Expression = ..." for entry in info["inputs"]]
    yield f"@overload\ndef {name}({', '.join([*inputs, *parameters(info)])}) -> Expression:\n{docstring(name)}\n"
    yield f"@overload\ndef {name}({', '.join([*parameters(info), '*', *left_out])}) -> Expression: ...\n"


def language_function(name):
    """From its signature in the language, such as "shift(x, n = 1)"."""
    signature, _ = _native.function_help(name)
    arguments = re.fullmatch(r"\w+\((.*)\)", signature)[1].split(", ")
    typed = [re.sub(r"^(\w+)( = .*)?$", r"\1: _Operand\2", argument) for argument in arguments]
    typed = [argument.replace("timeframe: _Operand", "timeframe: str") for argument in typed]
    return f"def {name}({', '.join(typed)}) -> Expression:\n{docstring(name)}\n"


def functions_stub():
    lines = [HEADER, "from typing import overload\n", "from ._native import Expression, column, param, where\n"]
    indicators = _native.indicator_names()
    columns = ["open", "high", "low", "close", "volume"]
    functions = [name for name in _native.function_names() if name != "where"]
    lines.append(f"__all__ = {sorted(['column', 'param', 'where', *columns, *functions])!r}\n".replace("'", '"'))
    lines.append("_Operand = Expression | float\n")
    lines.append("".join(f"{name}: Expression\n" for name in columns))
    for name in functions:
        lines.extend(indicator_functions(name) if name in indicators else [language_function(name)])
    lines.append("def _names() -> list[str]: ...\n")
    return "\n".join(lines)


def indicators_stub():
    lines = [
        HEADER,
        "from typing import Any\n",
        "import numpy\nimport numpy.typing\n",
        "_Array = numpy.typing.NDArray[numpy.float64]\n",
    ]
    lines.append("def names() -> list[str]: ...\ndef info(name: str) -> dict[str, Any]: ...\n")
    for name in _native.indicator_names():
        info = _native.indicator_info(name)
        inputs = [f"{entry}: object" for entry in info["inputs"]]
        typed = [f"{entry['name']}: float = {number(entry['default'])}" for entry in info["parameters"]]
        result = "_Array" if len(info["outputs"]) == 1 else "dict[str, _Array]"
        lines.append(f"def {name}({', '.join([*inputs, *typed])}) -> {result}:\n{docstring(name)}\n")
    return "\n".join(lines)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_functions.pyi").write_text(functions_stub())
    (folder / "indicators.pyi").write_text(indicators_stub())
    command = [
        sys.executable,
        "-m",
        "nanobind.stubgen",
        "-q",
        "-m",
        "peaktrade._native",
        "-o",
        str(folder / "_native.pyi"),
    ]
    subprocess.run(command, check=True)
    with open(folder / "_native.pyi", "a") as made:  # nanobind leaves it out
        made.write("\n__version__: str\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCES)
