"""Annotating in Label Studio: the project's set-up, articles and pre-annotations in, annotations out.

What a prediction says and what the corpus keeps are the same JSON (:mod:`ie_model.corpus.labelstudio_json`),
so a pre-annotation that an annotator accepts as it is makes an annotated article whose records are those
of the extraction.
"""
