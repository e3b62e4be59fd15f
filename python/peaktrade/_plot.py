"""Equity against buy and hold, drawn with matplotlib."""


def plot(result, ax=None):
    """Draws into `ax`, or into new axes, for which matplotlib is needed."""
    from ._frames import time_index

    if ax is None:
        try:
            from matplotlib import pyplot  # pyright: ignore[reportMissingImports]  an extra
        except ImportError:
            raise ImportError(
                "plot() needs matplotlib: pip install 'peaktrade[plot]'; report(path) needs nothing"
            ) from None
        _, ax = pyplot.subplots(figsize=(10, 5))
    run = result._run
    equity = run.equity()
    close = run.bars["close"]
    index = time_index(run)
    start = equity[0] / (1 + run.returns()[0]) if len(equity) else 0.0
    ax.plot(index, equity, label=run.strategy.name)
    ax.plot(index, close / close[:1] * start, label="buy and hold", linewidth=0.8, alpha=0.7)
    ax.set_ylabel("equity")
    ax.legend()
    return ax
