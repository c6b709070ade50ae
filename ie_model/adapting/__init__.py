"""Adapting an encoder to the language of the news by masked language modelling, without annotation."""
