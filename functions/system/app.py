from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

app = APIGatewayHttpResolver()


def health() -> dict[str, Any]:
    return {"data": {"status": "ok"}}


app.get("/api/v1/health")(health)
app.get("/api/health")(health)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
