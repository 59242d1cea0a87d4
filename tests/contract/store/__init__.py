"""What every store must do, by subject; put together in ``tests.contract.store_contract``."""
