"""Say in plain words what should happen to your data; keep every version, with the plan that made it."""
