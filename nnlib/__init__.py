"""nnlib: the network of the book, small enough to read in an evening."""
