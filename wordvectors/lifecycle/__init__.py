"""Runs: their plan, limits, price and life cycle."""
