"""Mention, value, link and record scores, their intervals, and the list of mistakes behind them."""
