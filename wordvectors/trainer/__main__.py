"""`python -m wordvectors.trainer train`: what SageMaker does with a training image."""

from __future__ import annotations

import sys

from wordvectors.process import forget_numba_switches

if __name__ == "__main__":
    forget_numba_switches()
    from wordvectors.trainer.container import main  # brings numba

    sys.exit(main(sys.argv[1:]))
