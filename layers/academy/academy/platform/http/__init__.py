"""HTTP, once for every route there will ever be: routing, admission, validation, unit of work, answers."""

from academy.platform.http.access import Access, Level, Rows, member, public, requires, signed_in
from academy.platform.http.answers import Answer, Json, accepted, created, no_content, ok, page_of, redirect, refused
from academy.platform.http.api import Api, Endpoint
from academy.platform.http.pagination import ListQuery, Page
from academy.platform.http.request import Request
from academy.platform.http.schema import Moment, Query, Schema, View, example

__all__ = [
    "Access",
    "Answer",
    "Api",
    "Endpoint",
    "Json",
    "Level",
    "ListQuery",
    "Moment",
    "Page",
    "Query",
    "Request",
    "Rows",
    "Schema",
    "View",
    "accepted",
    "created",
    "example",
    "member",
    "no_content",
    "ok",
    "page_of",
    "public",
    "redirect",
    "refused",
    "requires",
    "signed_in",
]
