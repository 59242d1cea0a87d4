"""What happens to data: Celery tasks, the planner, the engine, the catalogue as pandas."""
