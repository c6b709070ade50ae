"""How fast and how small predicting is, beside what people would use instead of it; docs/benchmarks.md."""
