"""What the commands of the command line do; `api.cli` says how they are called."""
