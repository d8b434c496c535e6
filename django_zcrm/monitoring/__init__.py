"""What is told of calls: counts by day (`usage`), spans (`tracing`), and who tells (`observer`)."""
