"""Faust made safe: batches, one transaction a batch, recovery. All of Faust's private names are used in here and nowhere else."""
