"""From a config to a model folder, and from that to a release: training, cross-validation, parity, card."""
