from tests.push import browsers, push_service

__all__ = ["browsers", "push_service"]
