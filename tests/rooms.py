"""The rooms, and which room may import which."""

_EVERYWHERE = {"base64_text", "buffers", "errors", "lazy_init", "named_tuples", "settings", "telemetry"}

MAY_IMPORT = {
    "base64_text": set(),
    "buffers": set(),
    "model_code": set(),
    "late_methods": set(),
    "lazy_init": {"late_methods"},
    "named_tuples": set(),
    "settings": {"lazy_init"},
    "errors": set(),
    "telemetry": {"errors", "lazy_init", "settings"},
    "db": _EVERYWHERE,
    "store": {"db", *_EVERYWHERE},
    "objects": {"db", *_EVERYWHERE},
    "access": {"store", "db", *_EVERYWHERE},
    "limits": {"access", "store", "db", *_EVERYWHERE},
    "webhooks": {"access", "store", "db", *_EVERYWHERE},
    "inference": {"model_code", *_EVERYWHERE},
    "email_templates": {"db", "settings", "telemetry"},
    "resolvers": {"limits", "access", "db", "inference", "email_templates", "objects", "webhooks", *_EVERYWHERE},
    "graph": {"resolvers", *_EVERYWHERE},
    "local": {"model_code", "settings"},
    "worker": set(),
    "commands": set(),
    "doctor": set(),
}
