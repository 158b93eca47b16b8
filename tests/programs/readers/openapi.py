"""Validates the description of the server's API, which is given; prints its routes."""

import json
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

with open(sys.argv[1], encoding="utf-8") as file:
    description = json.load(file)
validate(description, cls=OpenAPIV31SpecValidator)
json.dump(sorted(description["paths"]), sys.stdout)
