"""Errors that read like the ones of the libraries a real task would use, without importing those."""


class OperationalError(Exception):
    """As psycopg2.OperationalError."""


class QueryCanceled(OperationalError):
    """As psycopg2.errors.QueryCanceled."""


class HTTPError(Exception):
    """As requests.exceptions.HTTPError."""


class ExpiredTokenError(PermissionError):
    """As botocore's ClientError with code ExpiredToken."""
