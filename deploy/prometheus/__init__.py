"""Prometheus: what it asks, and its rules, alerts and their tests."""
