"""The only code that talks to Triton."""

import lazy_init

# Of tritonclient the service uses the protobuf classes. Its `__init__` imports its clients and numpy as well.
lazy_init.of("tritonclient.grpc")
# In the order in which they need each other.
lazy_init.modules("tritonclient.grpc", "model_config_pb2", "service_pb2", "service_pb2_grpc")
