"""A backtest from file to result: prints the same JSON as

peak backtest sma_cross --data FILE --set fast=10 --set slow=50 --json
"""

import sys

import peaktrade as pt


def main(path: str) -> None:
    result = pt.backtest(path, "sma_cross", {"fast": 10, "slow": 50})
    print(result.to_json())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: first_backtest.py FILE")
    main(sys.argv[1])
