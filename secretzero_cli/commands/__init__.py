"""The commands, in one module for each command or group."""
