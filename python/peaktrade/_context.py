"""What a strategy class sees and does on a bar; see docs/strategies_as_code.md."""

from ._native import Context as Context
from ._native import OrderHandle as OrderHandle
from ._native import PanelContext as PanelContext
from ._native import Series as Series
