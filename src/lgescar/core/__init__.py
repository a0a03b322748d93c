"""The vocabulary: values every other room speaks in. Numpy only."""
