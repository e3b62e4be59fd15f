from . import benchmark as benchmark
from . import config as config
from . import indicators as indicators
from . import metrics as metrics
from ._backtest import backtest as backtest
from ._context import Context as Context
from ._context import OrderHandle as OrderHandle
from ._context import Series as Series
from ._errors import DataError as DataError
from ._errors import NotFoundError as NotFoundError
from ._functions import *
from ._native import Bars as Bars
from ._native import Expression as Expression
from ._native import Portfolio as Portfolio
from ._native import Signals as Signals
from ._native import Size as Size
from ._native import Strategy as Strategy
from ._native import find_strategy as find_strategy
from ._native import parse_expression as parse_expression
from ._native import read_bars as read_bars
from ._native import strategy_names as strategy_names
from ._result import BacktestResult as BacktestResult
from ._result import Metrics as Metrics
from ._runner import Runner as Runner
from ._strategy_class import StrategyError as StrategyError
from ._studies import cross_validate as cross_validate
from ._studies import lookahead as lookahead
from ._studies import monte_carlo as monte_carlo
from ._studies import sensitivity as sensitivity
from ._studies import walk_forward as walk_forward
from ._sweep import Range as Range
from ._sweep import SweepInterrupted as SweepInterrupted
from ._sweep import SweepResult as SweepResult
from ._sweep import range as range
from ._sweep import sweep as sweep
from .data.chunks import iter_chunks as iter_chunks

__version__: str
