"""A tuning's page: `axes` lays hyperparameters out, `charts` the drawings, `page` writes it. A function of the row."""
