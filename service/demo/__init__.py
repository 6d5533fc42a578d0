"""The demo: real customers move between tiers on a real Kafka."""
