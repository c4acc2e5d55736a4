"""What the chapters use to state, prove and show a result; nothing in `nnlib` itself imports it."""
