"""Readers, one module per format: where bytes may be cut into blocks, and how a block becomes documents."""
