"""The only place in the library that talks to AWS: data access, no decisions."""
