"""The score page: how good a model is, and every mistake behind the figures."""
