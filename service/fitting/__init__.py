"""The churn parameters from history; needs the extra `fit` (numpy, scipy)."""
