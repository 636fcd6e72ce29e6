"""Writes and reads the parameters of a TypeScript notebook for papermill."""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

# The largest whole number that a JavaScript number holds exactly.
MAX_SAFE_INTEGER = 2**53 - 1

NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")

RESERVED = frozenset(
    "await break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if implements import in instanceof interface let new null package private protected public return static "
    "super switch this throw true try typeof var void while with yield".split()
)

# `let rate: number = 0.1; // how fast`: name, type, value and comment.
DECLARATION = re.compile(
    r"^\s*(?:export\s+)?(?:let|const|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*"
    r"(?::\s*(?P<type>[^=]+?))?\s*=\s*(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*))?$"
)


class TypeScriptTranslator(Translator):
    """A parameter becomes a declaration with `let`; our kernel lets a later cell declare a name again."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val):
        # A number that would lose digits becomes a bigint, so the checker points at the place that cannot take it.
        return f"{val}n" if abs(val) > MAX_SAFE_INTEGER else str(val)

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_str(cls, val):
        return json.dumps(str(val))

    @classmethod
    def translate_dict(cls, val):
        # `"__proto__": …` would set the prototype; in brackets it is a key like any other.
        entries = (f"[{json.dumps(str(key))}]: {cls.translate(item)}" if key == "__proto__"
                   else f"{json.dumps(str(key))}: {cls.translate(item)}"
                   for key, item in val.items())
        return "{ " + ", ".join(entries) + " }" if val else "{}"

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(item) for item in val) + "]"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        # YAML reads a key such as `yes` as another thing than text.
        if not isinstance(name, str) or not NAME.match(name) or name in RESERVED:
            raise PapermillException(f'The parameter "{name}" is no name that TypeScript allows: give it another one.')
        # Of these two alone TypeScript cannot tell the type.
        kind = {"null": ": null", "[]": ": never[]"}.get(str_val, "")
        return f"let {name}{kind} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """The parameters that the cell with the tag `parameters` declares, a line each."""
        found = []
        for line in parameters_cell["source"].splitlines():
            match = DECLARATION.match(line)
            if match:
                kind = match["type"] or "None"
                found.append(Parameter(match["name"], kind, match["value"], (match["help"] or "").strip()))
        return found


class TypeScriptEngine(NBClientEngine):
    """papermill's own engine: it is here because papermill loads the packages that bring one."""


papermill_translators.register("typescript", TypeScriptTranslator)
