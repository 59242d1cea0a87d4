"""The HTTP API: takes commands, hands out tasks, and reads what the workers made of them."""
