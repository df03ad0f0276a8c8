"""The report's page in a real browser: a headless Chromium."""
