"""Extraction over HTTP: articles in a request, extractions in the answer.

The app (:func:`ie_model.serve.app.create_app`) reads and checks requests in one event loop. The articles of
all requests stand in one bounded line (:mod:`~ie_model.serve.line`); worker threads take what is there, some
articles at a time, and call the extractor once for them (:mod:`~ie_model.serve.workers`). The extractor gives
an article the same extraction whatever its company, so a client cannot tell.

Only :mod:`~ie_model.serve.app` and what it imports need the extra ``serve``.
"""

from ie_model.serve.limits import Limits
from ie_model.serve.service import Service

__all__ = ["Limits", "Service"]
