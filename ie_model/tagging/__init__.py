"""The token classifier: encoders, tokenizers, windows, training, calibration, export, runtime."""
