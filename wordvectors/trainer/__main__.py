"""`python -m wordvectors.trainer train`: what SageMaker does with a training image."""

from __future__ import annotations

import sys

from wordvectors.trainer.container import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
