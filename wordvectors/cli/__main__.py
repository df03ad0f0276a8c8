"""`python -m wordvectors.cli`."""

from wordvectors.cli import main

main()
