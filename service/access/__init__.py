"""How a deployment gets in: what the environment says of Kafka and Redis, secrets, TLS, and the rights that each role needs."""
