"""The only code that talks to Triton."""

import lazy_init

# protobuf has its messages in C as well as in Python. The API has no text of them, and JSON only to load a model again.
lazy_init.of("google.protobuf.internal.python_message", "google.protobuf.json_format", "google.protobuf.text_format")
# Of tritonclient the service uses the protobuf classes. Its `__init__` imports its clients and numpy as well.
lazy_init.of("tritonclient.grpc")
# In the order in which they need each other.
lazy_init.modules("tritonclient.grpc", "model_config_pb2", "service_pb2", "service_pb2_grpc")
