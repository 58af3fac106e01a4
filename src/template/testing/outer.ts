import {
  type GoType,
  goAny,
  goBool,
  goDuration,
  goFloat32,
  goFloat64,
  goInt,
  goInt64,
  goString,
  goTime,
  goUint8,
  map,
  named,
  pointer,
  slice,
  struct,
} from "../mod.ts";

/** The type Outer of test/interop/go/oracle.go. */
const port = named("main.Port", goString);
/** As deep as the data goes. */
function inner(depth: number): GoType {
  const next = depth === 0 ? struct("main.Inner", {}) : inner(depth - 1);
  return struct("main.Inner", {
    User: goString,
    Env: slice(goString),
    Labels: map(goString, goString),
    Next: { type: pointer(next), omitEmpty: true },
    Wait: { type: goDuration, omitEmpty: true },
    Ports: { type: map(port, struct("struct {}", {})), omitEmpty: true },
  });
}
const innerType = inner(4);

export const outer = struct(
  "main.Outer",
  {
    Embedded: { type: struct("main.Embedded", { ID: { type: goString, json: "Id" } }), embedded: true },
    Name: goString,
    Count: goInt,
    Size: goInt64,
    Small: goUint8,
    Share: goFloat64,
    Half: goFloat32,
    On: goBool,
    Inner: innerType,
    Config: pointer(innerType),
    None: pointer(innerType),
    Any: goAny,
    List: slice(innerType),
    Sizes: slice(goInt64),
    Table: map(goString, goInt),
    When: goTime,
  },
  {
    methods: {
      Hello: { parameters: [goString], result: goString, call: (_, name) => `hello ${name}` },
    },
  },
);

/** Any has numbers that are float64 on both sides: those with a fraction. */
export const outerData = {
  Id: "sha256:0123",
  Name: "kasane",
  Count: 42,
  Size: 1234567890123,
  Small: 7,
  Share: 0.1875,
  Half: 0.1,
  On: true,
  Inner: { User: "root", Env: ["PATH=/bin", "A=1"], Labels: { b: "2", a: "<x>" } },
  Config: { User: "app", Wait: 90_500_000_000, Ports: { "80/tcp": {}, "443/tcp": {} } },
  Any: { b: "kasane", c: { d: [1.5, 12345678.25] }, nothing: null, t: true },
  List: [{ User: "one", Env: ["x", "y"] }, { User: "two" }],
  Sizes: [10, 20, 30],
  Table: { two: 2, one: 1 },
  When: "2026-01-02T03:04:05.067Z",
};
