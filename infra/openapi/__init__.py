"""The contract, generated from the routes: the OpenAPI document, the gateway's routes, the Postman collection."""
