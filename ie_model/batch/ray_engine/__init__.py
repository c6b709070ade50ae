"""Many articles on many machines; see :mod:`ie_model.batch.ray_engine.run`."""

from ie_model.batch.ray_engine.cluster import Cluster
from ie_model.batch.ray_engine.run import predict_on_ray

__all__ = ["Cluster", "predict_on_ray"]
