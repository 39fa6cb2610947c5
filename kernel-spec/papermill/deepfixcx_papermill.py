"""Lets papermill set parameters in TypeScript notebooks: `papermill in.ipynb out.ipynb -p level 3`."""

import json
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__all__ = ["NBClientEngine", "TypeScriptTranslator"]

DECLARATION = re.compile(
    r"^\s*(?:let|const|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?))?\s*=\s*(?P<value>.*?);?\s*(?://\s*(?P<help>.*))?$"
)


class TypeScriptTranslator(Translator):
    """Python values as TypeScript: JSON is TypeScript too, and so are the NaN and Infinity that Python's json writes."""

    @classmethod
    def translate(cls, val):
        return json.dumps(val, ensure_ascii=False, default=str)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        # A cell may declare a name of an earlier cell anew, whatever it was there.
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        found = map(DECLARATION.match, parameters_cell["source"].splitlines())
        return [
            Parameter(m["name"], m["type"] or "None", m["value"], m["help"] or "") for m in found if m
        ]


papermill_translators.register("typescript", TypeScriptTranslator)
