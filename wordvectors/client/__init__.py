"""What people use: a deployment, submissions, models on this machine, and checks of account and runs."""
