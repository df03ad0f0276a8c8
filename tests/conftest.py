"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Hypothesis measures how fast it makes values, and a busy machine would fail a test that is right.
settings.register_profile("any machine", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
