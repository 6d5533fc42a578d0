"""Draws the committed dashboards from a running Prometheus: what a person would see in Grafana, closely enough to judge it."""
