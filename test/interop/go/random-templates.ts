import fc from "fast-check";

const names = [
  "Name",
  "Count",
  "Size",
  "Small",
  "Share",
  "On",
  "Inner",
  "Config",
  "None",
  "Any",
  "List",
  "Sizes",
  "Table",
  "ID",
  "Nope",
];
const fields = fc
  .array(fc.constantFrom(...names, "User", "Env", "Labels", "b", "c", "d", "a", "Next"), {
    minLength: 1,
    maxLength: 3,
  })
  .map((path) => `.${path.join(".")}`);
const literal = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((value) => {
    const text = String(value);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }),
  fc
    .string({ unit: "grapheme-ascii", maxLength: 6 })
    .map((text) => JSON.stringify(text.replaceAll(/[{}]/g, ""))),
  fc.constantFrom(
    "true",
    "false",
    "nil",
    ".",
    "$",
    "$x",
    "'a'",
    "`raw`",
    '"%d"',
    '"%5.2v|%s"',
    '"%+v %q"',
    '","',
  ),
);
const functionNames = [
  "and",
  "or",
  "not",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "len",
  "index",
  "slice",
  "print",
  "printf",
  "println",
  "html",
  "js",
  "urlquery",
  "json",
  "join",
  "split",
  "upper",
  "lower",
  "title",
  "truncate",
];

const { pipeline } = fc.letrec<{ operand: string; command: string; pipeline: string }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, depthIdentifier: "template" },
    fields,
    literal,
    tie("pipeline").map((inner) => `(${inner})`),
  ),
  command: fc.oneof(
    { maxDepth: 3, depthIdentifier: "template" },
    tie("operand"),
    fc
      .tuple(fc.constantFrom(...functionNames), fc.array(tie("operand"), { maxLength: 3 }))
      .map(([name, args]) => [name, ...args].join(" ")),
  ),
  pipeline: fc.array(tie("command"), { minLength: 1, maxLength: 2 }).map((commands) => commands.join(" | ")),
}));

const { list } = fc.letrec<{ node: string; list: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: "node" },
    pipeline.map((inner) => `{{${inner}}}`),
    fc.constantFrom(
      "text",
      " ",
      "\n",
      "{{- 1 -}}",
      "{{$x := 2}}",
      "{{$x = .Count}}",
      "{{break}}",
      "{{continue}}",
      "{{else}}",
      "{{/* c */}}",
      "{{",
      "}}",
      "{{end}}",
    ),
    fc
      .tuple(
        fc.constantFrom("if", "with", "range", "range $x :=", "range $i, $x :=", "with $x :="),
        pipeline,
        tie("list"),
        tie("list"),
      )
      .map(([word, inner, body, rest]) => `{{${word} ${inner}}}${body}{{else}}${rest}{{end}}`),
  ),
  list: fc.array(tie("node"), { maxLength: 4 }).map((nodes) => nodes.join("")),
}));

/** Templates over `outer` that are mostly well formed, many of them wrong in the one way or other. */
export const randomTemplate: fc.Arbitrary<string> = list.map((text) => `{{$x := 1}}${text}`);
