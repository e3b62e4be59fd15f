"""The guide's modules of the core. Nothing is imported before it is asked for."""
