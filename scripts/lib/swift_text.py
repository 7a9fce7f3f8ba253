"""What a Swift file says, told apart: code without its comments and strings, functions, and the fault codes it names."""

import re

WORD = re.compile(r"[A-Za-z_]\w*")
DECLARATION = re.compile(r"(?<![.\w])(func|init|deinit|subscript)\b")
NEXT_DECLARATION = {"func", "init", "deinit", "subscript", "var", "let", "case", "typealias", "associatedtype"}
CODE_PROPERTY = re.compile(r"\bvar code: String\s*\{")
CODE_ARGUMENT = re.compile(r'\bcode(?:: String)?\s*[:=]\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"')
KEBAB_LITERAL = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')


def code_only(text):
    """The text with comments, strings and raw identifiers blanked; every offset and line stays where it was."""
    return _blanked(text, "/#\"`")


def without_comments(text):
    return _blanked(text, "/")


def _blanked(text, starts):
    """Blanks what begins with one of `starts`, and knows the rest well enough not to begin inside it."""
    out = list(text)
    at = 0
    while at < len(text):
        end, kept = _end_of_blank(text, at)
        if end == at:
            at += 1
            continue
        for index in range(at, end) if text[at] in starts else ():
            if text[index] != "\n":
                out[index] = kept
        at = end
    return "".join(out)


def _end_of_blank(text, at):
    """Where the comment, string or raw identifier at `at` ends, and what stands in for it; `at` itself if there is none."""
    if text.startswith("//", at):
        return _or_end(text, text.find("\n", at)), " "
    if text.startswith("/*", at):
        return _end_of_block_comment(text, at), " "
    if text[at] == "`":
        return _or_end(text, text.find("`", at + 1) + 1), "x"
    quote = re.compile(r'(#*)("""|")').match(text, at)
    if quote and (at == 0 or text[at - 1] != "#"):
        return _end_of_string(text, quote), " "
    return at, " "


def _or_end(text, position):
    return position if position > 0 else len(text)


def _end_of_block_comment(text, at):
    depth = 0
    for token in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if token.group() == "/*" else -1
        if depth == 0:
            return token.end()
    return len(text)


def _end_of_string(text, quote):
    """Past the closing quote; an interpolation is skipped as a whole, whatever quotes it holds."""
    hashes, mark = quote.groups()
    closing = mark + hashes
    at = quote.end()
    while at < len(text):
        if text.startswith("\\" + hashes + "(", at):
            at = _end_of_parentheses(text, at + 1 + len(hashes))
        elif text.startswith("\\" + hashes, at):
            at += 2 + len(hashes)
        elif text.startswith(closing, at):
            return at + len(closing)
        elif mark == '"' and text[at] == "\n":
            return at
        else:
            at += 1
    return len(text)


def _end_of_parentheses(text, at):
    depth = 0
    while at < len(text):
        quote = re.compile(r'(#*)("""|")').match(text, at)
        if quote:
            at = _end_of_string(text, quote)
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return at
    return len(text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def end_of_braces(code, opening):
    """The offset of the brace that closes the one at `opening`."""
    depth = 0
    for brace in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.start()
    return len(code) - 1


def functions(code):
    """Each function with a body, as (first line, number of lines); requirements of protocols have none."""
    for declaration in DECLARATION.finditer(code):
        opening = _body_of(code, declaration)
        if opening is not None:
            first = line_of(code, declaration.start())
            yield first, line_of(code, end_of_braces(code, opening)) - first + 1


def _body_of(code, declaration):
    """The brace that opens the body: the first one outside parentheses before another declaration begins."""
    depth = 0
    at = declaration.end()
    while at < len(code):
        character = code[at]
        word = WORD.match(code, at)
        if word:
            if depth == 0 and word.group() in NEXT_DECLARATION:
                return None
            at = word.end()
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth < 0 or (depth == 0 and character in "};@"):
            return None
        if depth == 0 and character == "{":
            return at
        at += 1
    return None


def fault_codes(text, code):
    """Each fault code that the file names, as (code, line)."""
    text = without_comments(text)
    for body in CODE_PROPERTY.finditer(code):
        end = end_of_braces(code, body.end() - 1)
        for literal in KEBAB_LITERAL.finditer(text, body.end(), end):
            yield literal.group(1), line_of(text, literal.start())
    for literal in CODE_ARGUMENT.finditer(text):
        if code.startswith("code", literal.start()):
            yield literal.group(1), line_of(text, literal.start())
