"""What the command line does, one function a command: each takes the parsed arguments and returns the exit status."""
