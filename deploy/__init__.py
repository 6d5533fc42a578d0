"""What puts the service into operation: containers, alerts, dashboards."""
