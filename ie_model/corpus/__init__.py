"""Annotated articles: reading and writing them, splitting them, checking them, counting them."""
