"""History from files straight into the log, gone on with after an interruption."""
