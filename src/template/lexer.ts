import { isPrintable, quote } from "./quote.ts";

export type TokenKind =
  | "error"
  | "bool"
  | "char"
  | "character"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "left-delimiter"
  | "left-paren"
  | "number"
  | "pipe"
  | "raw-string"
  | "right-delimiter"
  | "right-paren"
  | "space"
  | "string"
  | "text"
  | "variable"
  | "dot"
  | "nil"
  | Keyword;

export type Keyword =
  | "block"
  | "break"
  | "continue"
  | "define"
  | "else"
  | "end"
  | "if"
  | "range"
  | "template"
  | "with";

export interface Token {
  readonly kind: TokenKind;
  /** As it stands; of an error its message. */
  readonly text: string;
  readonly at: number;
}

const keywords: ReadonlySet<string> = new Set<Keyword | "nil">([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);

/** A token as parse errors show it. */
export function describeToken({ kind, text }: Token): string {
  if (kind === "eof") return "EOF";
  if (kind === "error") return text;
  if (keywords.has(kind) || kind === "dot") return `<${text}>`;
  const bytes = Buffer.byteLength(text);
  return bytes > 10 ? `${quote([...text].slice(0, 10).join(""))}...` : quote(text);
}

const space = /[ \t\r\n]/;
const alphaNumeric = /[\p{L}\p{Nd}_]/u;
const trimBefore = /[ \t\r\n]+$/;

/** Cuts a template into tokens, one at a time. After an error every further token is the end. */
export class Lexer {
  #text: string;
  #at = 0;
  #start = 0;
  #isInsideAction = false;
  #parenDepth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    return this.#isInsideAction ? this.#insideAction() : this.#outside();
  }

  #emit(kind: TokenKind): Token {
    const token = { kind, text: this.#text.slice(this.#start, this.#at), at: this.#start };
    this.#start = this.#at;
    return token;
  }

  #error(message: string): Token {
    const token = { kind: "error", text: message, at: this.#start } as const;
    this.#text = "";
    this.#at = 0;
    this.#start = 0;
    this.#isInsideAction = false;
    return token;
  }

  /** The character here, "" at the end. */
  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #take(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  #takeWhile(wanted: RegExp): void {
    while (this.#at < this.#text.length && wanted.test(this.#peek())) this.#take();
  }

  #outside(): Token {
    for (;;) {
      const delimiter = this.#text.indexOf("{{", this.#at);
      if (delimiter < 0) {
        this.#at = this.#text.length;
        return this.#at > this.#start ? this.#emit("text") : { kind: "eof", text: "EOF", at: this.#at };
      }
      const trims = /^-[ \t\r\n]/.test(this.#text.slice(delimiter + 2, delimiter + 4));
      if (delimiter > this.#start) {
        const before = this.#text.slice(this.#start, delimiter);
        const kept = trims ? before.replace(trimBefore, "") : before;
        const at = this.#start;
        this.#at = delimiter;
        this.#start = delimiter;
        if (kept !== "") return { kind: "text", text: kept, at };
      }
      this.#at = delimiter;
      const comment = this.#leftDelimiter(trims);
      if (comment) return comment;
    }
  }

  /** A token, or undefined after a comment. */
  #leftDelimiter(trims: boolean): Token | undefined {
    const inside = this.#at + 2 + (trims ? 2 : 0);
    if (this.#text.startsWith("/*", inside)) return this.#comment(inside);
    this.#at += 2;
    const token = this.#emit("left-delimiter");
    this.#at = inside;
    this.#start = inside;
    this.#isInsideAction = true;
    this.#parenDepth = 0;
    return token;
  }

  #comment(start: number): Token | undefined {
    this.#start = start;
    const end = this.#text.indexOf("*/", start + 2);
    if (end < 0) return this.#error("unclosed comment");
    this.#at = end + 2;
    const delimiter = this.#rightDelimiterHere();
    if (!delimiter) return this.#error("comment ends before closing delimiter");
    this.#at += delimiter.length;
    if (delimiter.length > 2) this.#takeWhile(space);
    this.#start = this.#at;
    return undefined;
  }

  /** `}}`, or ` -}}` with whatever white space that is. */
  #rightDelimiterHere(): string | undefined {
    return /^([ \t\r\n]-)?\}\}/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0];
  }

  #rightDelimiter(delimiter: string): Token {
    this.#start = this.#at + delimiter.length - 2;
    this.#at = this.#start + 2;
    const token = this.#emit("right-delimiter");
    if (delimiter.length > 2) {
      this.#takeWhile(space);
      this.#start = this.#at;
    }
    this.#isInsideAction = false;
    return token;
  }

  #insideAction(): Token {
    const delimiter = this.#rightDelimiterHere();
    if (delimiter) {
      return this.#parenDepth === 0 ? this.#rightDelimiter(delimiter) : this.#error("unclosed left paren");
    }
    const character = this.#take();
    switch (character) {
      case "":
        return this.#error("unclosed action");
      case " ":
      case "\t":
      case "\r":
      case "\n":
        return this.#spaces();
      case "=":
        return this.#emit("assign");
      case ":":
        return this.#take() === "=" ? this.#emit("declare") : this.#error("expected :=");
      case "|":
        return this.#emit("pipe");
      case '"':
        return this.#quoted('"', "string", "unterminated quoted string");
      case "'":
        return this.#quoted("'", "character", "unterminated character constant");
      case "`":
        return this.#rawString();
      case "$":
        return this.#fieldOrVariable("variable");
      case "(":
        this.#parenDepth++;
        return this.#emit("left-paren");
      case ")":
        this.#parenDepth--;
        return this.#parenDepth < 0 ? this.#error("unexpected right paren") : this.#emit("right-paren");
    }
    if (character === "." && this.#at < this.#text.length && !/[0-9]/.test(this.#peek())) {
      return this.#fieldOrVariable("field");
    }
    if (/[0-9+.-]/.test(character)) {
      this.#at = this.#start;
      return this.#number();
    }
    if (alphaNumeric.test(character)) return this.#identifier();
    if (/^[\x20-\x7e]$/.test(character)) return this.#emit("char");
    return this.#error(`unrecognized character in action: ${unicodeName(character)}`);
  }

  #spaces(): Token {
    this.#takeWhile(space);
    // The last of them may belong to a delimiter that trims.
    this.#at--;
    const delimiter = this.#rightDelimiterHere();
    if (delimiter === undefined || delimiter.length === 2) this.#at++;
    else if (this.#at === this.#start) return this.#rightDelimiter(delimiter);
    return this.#emit("space");
  }

  #identifier(): Token {
    this.#takeWhile(alphaNumeric);
    const word = this.#text.slice(this.#start, this.#at);
    if (!this.#isAtTerminator()) return this.#error(`bad character ${unicodeName(this.#peek())}`);
    if (keywords.has(word)) return this.#emit(word as Keyword);
    return this.#emit(word === "true" || word === "false" ? "bool" : "identifier");
  }

  #fieldOrVariable(kind: "field" | "variable"): Token {
    if (this.#isAtTerminator()) return this.#emit(kind === "field" ? "dot" : kind);
    this.#takeWhile(alphaNumeric);
    if (!this.#isAtTerminator()) return this.#error(`bad character ${unicodeName(this.#peek())}`);
    return this.#emit(kind);
  }

  #isAtTerminator(): boolean {
    return /^($|[ \t\r\n.,|:()]|\}\})/.test(this.#text.slice(this.#at, this.#at + 2));
  }

  #quoted(mark: string, kind: TokenKind, unterminated: string): Token {
    for (;;) {
      const character = this.#take();
      if (character === mark) return this.#emit(kind);
      const isEscape = character === "\\";
      const read = isEscape ? this.#take() : character;
      if (read === "" || read === "\n") return this.#error(unterminated);
    }
  }

  #rawString(): Token {
    const end = this.#text.indexOf("`", this.#at);
    if (end < 0) return this.#error("unterminated raw quoted string");
    this.#at = end + 1;
    return this.#emit("raw-string");
  }

  #number(): Token {
    if (!this.#scanNumber()) return this.#badNumber();
    if (!/[+-]/.test(this.#peek())) return this.#emit("number");
    // 1+2i
    return this.#scanNumber() && this.#text[this.#at - 1] === "i" ? this.#emit("complex") : this.#badNumber();
  }

  #badNumber(): Token {
    return this.#error(`bad number syntax: ${quote(this.#text.slice(this.#start, this.#at))}`);
  }

  /** Takes what looks like a number; what is wrong with it comes out when it is read. */
  #scanNumber(): boolean {
    const number =
      /^[+-]?(0[xX][0-9a-fA-F_]*(\.[0-9a-fA-F_]*)?([pP][+-]?[0-9_]*)?|0[oO][0-7_]*(\.[0-7_]*)?|0[bB][01_]*(\.[01_]*)?|[0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9_]*)?)i?/;
    this.#at += number.exec(this.#text.slice(this.#at))![0].length;
    if (this.#peek() === "" || !alphaNumeric.test(this.#peek())) return true;
    this.#take();
    return false;
  }
}

/** `U+0040 '@'`. */
function unicodeName(character: string): string {
  const code = character.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return isPrintable(character) ? `${name} '${character}'` : name;
}
