"""Topics and users of a Kafka that Strimzi runs, made from schemas/topics.py: `python -m deploy.strimzi [--check]`."""
