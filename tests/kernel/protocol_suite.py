"""The Jupyter project's own kernel tests, with samples for TypeScript. Run by protocol-suite.test.ts."""

import unittest

import jupyter_kernel_test


class TypeScriptKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "typescript"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('to stderr')"
    completion_samples = [
        {"text": "JSON.str", "matches": {"stringify"}},
        {"text": "consol", "matches": {"console"}},
    ]
    complete_code_samples = ["1", "const rate: number = 2", "if (true) {\n}"]
    incomplete_code_samples = ["function f() {", "const list = [", "const text = `one"]
    invalid_code_samples = ["const = 5;", "let 1x = 2"]
    code_page_something = "await display.page('a long help text')"
    code_generate_error = "throw new RangeError('too large')"
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": "[1, 2].map((x) => x + 1)", "result": "[ 2, 3 ]"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.svg('<svg/>')", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6?7*"
    supported_history_operations = ("tail", "search", "range")
    code_inspect_sample = "parseInt"
    code_clear_output = "display.clear()"


if __name__ == "__main__":
    unittest.main(verbosity=2)
