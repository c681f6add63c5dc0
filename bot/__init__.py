"""Top floor: everything that faces outside: Slack, terminal, clock, environment."""
