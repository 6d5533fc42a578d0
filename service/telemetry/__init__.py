"""What a running role tells of itself in numbers: what `service/metrics.py` names is measured here."""
