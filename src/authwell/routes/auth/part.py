"""The part of the API that the modules of this package add their operations to."""

from authwell.middleware.api.operations import Api

api = Api("auth", "/auth", prefixes=("/api/v1", "/api"))
