"""Memory of frames, and the threads of numpy's linear algebra.

    from peaktrade.core.numpy_accel import estimate_dataframe_memory, optimize_dataframe_memory

    estimate_dataframe_memory(df)["total_mb"]
    df = optimize_dataframe_memory(df)                                    # the same values in less memory
    df, report = optimize_dataframe_memory(df, lossless=False, report=True)

Frames are pandas and polars DataFrames and Arrow tables. Narrow integers wrap when a product no longer fits, as numpy's do:
widen a column before computing with it where that may happen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar, overload

    Frame = TypeVar("Frame")

__all__ = ["configure_numpy_for_apple_silicon", "estimate_dataframe_memory", "optimize_dataframe_memory"]

_MEGABYTE = 1024 * 1024

if TYPE_CHECKING:

    @overload
    def optimize_dataframe_memory(
        df: Frame, lossless: bool = True, categories: bool = True, sparse: bool = True, report: Literal[False] = False
    ) -> Frame: ...

    @overload
    def optimize_dataframe_memory(
        df: Frame, lossless: bool = True, categories: bool = True, sparse: bool = True, *, report: Literal[True]
    ) -> tuple[Frame, dict[str, Any]]: ...


def optimize_dataframe_memory(
    df: Any, lossless: bool = True, categories: bool = True, sparse: bool = True, report: bool = False
) -> Any:
    """The same values in less memory; the frame that was given stays as it is.

    Integers and floats become narrower where every value survives, which is checked; repeated texts become categories
    (Enum in polars, dictionaries in Arrow); columns that are mostly one value become sparse (pandas only). An index of
    whole numbers in a row becomes a RangeIndex. What is of mixed types stays. ``lossless=False`` makes float32 of all
    floats that it can hold in range.

    With ``report=True`` gives the frame and a dict: ``bytes_before``, ``bytes_after``, ``saved`` (a fraction),
    ``lossy_bytes`` (what ``lossless=False`` would come to) and ``columns``, for each of them ``before`` and ``after`` (types),
    ``bytes_before``, ``bytes_after``, ``action`` and ``lossy_error``, the largest relative error that float32 makes or
    would make (None where there is none to make).
    """
    from ._memory import optimize

    made, told = optimize(df, lossless, categories, sparse, report)
    return (made, told) if report else made


def estimate_dataframe_memory(df: Any) -> dict[str, Any]:
    """What a frame takes: ``total_mb``, ``per_column_mb`` (by name, and "Index" for pandas), ``rows``, ``columns``.

    Text of object columns is counted, as by pandas' ``memory_usage(deep=True)``. A megabyte is 1024 * 1024 bytes.
    """
    from ._memory import column_bytes

    sizes, rows, columns = column_bytes(df)
    return {
        "total_mb": sum(size for _, size in sizes) / _MEGABYTE,
        "per_column_mb": _by_name(sizes),
        "rows": rows,
        "columns": columns,
    }


def _by_name(sizes: list[tuple[Any, int]]) -> dict[Any, float]:
    """Columns of one name count together."""
    found: dict[Any, float] = {}
    for name, size in sizes:
        found[name] = found.get(name, 0.0) + size / _MEGABYTE
    return found


def configure_numpy_for_apple_silicon(num_threads: int | None = None, force: bool = False) -> dict[str, Any]:
    """Sets how many threads numpy's linear algebra uses: the performance cores, or ``num_threads``; tells what it did.

    Works although numpy is loaded already, and on other hardware for the BLAS there. A variable that the user has set
    (OPENBLAS_NUM_THREADS and the like) goes before, unless ``force``. Child processes get the same by the environment.

    ``blas`` lists the libraries found, each with ``name``, ``version``, ``threads_before``, ``threads_after``; ``numpy_blas``
    is what numpy was built for ("accelerate", "scipy-openblas", ...); ``num_threads`` what was wanted, ``environment``
    the variables that were set, ``kept`` those of the user that went before; ``apple_silicon`` and ``machine``.
    """
    from ._blas import configure

    return configure(num_threads, force)
