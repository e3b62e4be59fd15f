"""The guide's modules of data: the trade store and the loading of many symbols. Nothing is imported before it is asked for."""
