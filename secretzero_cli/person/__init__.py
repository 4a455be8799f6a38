"""The person at the terminal: questions, coding agents, the audit log."""
