"""Rows of the changelog: a customer's (`customer_row`) part by part, those of older versions, and the partition's own."""
