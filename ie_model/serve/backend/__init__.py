"""What Label Studio asks of its ML backend: predictions of the served extractor, and training on corrections.

The room stands in ``serve`` and not in ``labelstudio``: it answers HTTP by the service's line, bodies and
gate, which ``labelstudio`` (below) knows nothing of; from there come predictions as Label Studio wants them.

A prediction (:mod:`~ie_model.serve.backend.predicting`) goes through the line that all requests stand in. An
event of a webhook is written into SQLite and answered (:mod:`~ie_model.serve.backend.ledger`); a thread sorts
events into annotations, another one trains in a process of its own when there are enough of them
(:mod:`~ie_model.serve.backend.trainer`), and what passes the gate is served from the next batch on.
"""
