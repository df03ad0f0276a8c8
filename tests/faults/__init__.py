"""A representative part of `make faults`: runs whose calls go wrong, permissions used, a small crowd."""
