import { describe, expect, test } from "bun:test";
import { type Flag, parseFlags } from "./flags.ts";

const flags: Flag[] = [
  { name: "tag", short: "t", type: "strings", value: "NAME", help: "" },
  { name: "file", short: "f", type: "string", value: "FILE", help: "" },
  { name: "interactive", short: "i", type: "boolean", help: "" },
  { name: "tty", type: "boolean", help: "" },
  { name: "level", type: "number", value: "N", help: "" },
  { name: "progress", type: "string", oneOf: ["auto", "plain", "tty"], help: "" },
];
const parse = (line: string, stopAtFirstArgument = false) =>
  parseFlags(line.split(" ").filter(Boolean), flags, { stopAtFirstArgument, command: "build" });

describe("parseFlags()", () => {
  test("reads every spelling of a value", () => {
    expect(parse("-t a --tag b --tag=c -td -t=e").strings("tag")).toEqual(["a", "b", "c", "d", "e"]);
    expect(parse("--level 3").number("level")).toBe(3);
  });
  test("takes flags between and after arguments", () => {
    const parsed = parse("ctx -f x more -i");
    expect(parsed.arguments).toEqual(["ctx", "more"]);
    expect(parsed.string("file")).toBe("x");
    expect(parsed.boolean("interactive")).toBe(true);
  });
  test("leaves everything from the first argument on alone when told so", () => {
    const parsed = parse("-i image ls -la --file", true);
    expect(parsed.arguments).toEqual(["image", "ls", "-la", "--file"]);
    expect(parsed.boolean("interactive")).toBe(true);
    expect(parsed.string("file")).toBeUndefined();
  });
  test("knows false, absent and the end of flags", () => {
    expect(parse("--tty=false").maybeBoolean("tty")).toBe(false);
    expect(parse("-i=false").maybeBoolean("interactive")).toBe(false);
    expect(parse("-i=true x").boolean("interactive")).toBe(true);
    expect(parse("-- -i=false").arguments).toEqual(["-i=false"]);
    expect(parse("").maybeBoolean("tty")).toBeUndefined();
    expect(parse("-- --tty").arguments).toEqual(["--tty"]);
    expect(parse("-").arguments).toEqual(["-"]);
  });
  test.each([
    ["--nope", "unknown flag: --nope"],
    ["-ix", "unknown shorthand flag: 'x' in -x"],
    ["--file", "flag needs an argument: --file"],
    ["--tty=perhaps", "must be true or false"],
    ["--level many", "must be a number"],
    ["--progress=json", 'invalid argument "json" for "--progress" flag: must be auto, plain or tty'],
  ])("refuses %s", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
  test.each([
    ["--porgress plain", "did you mean --progress?"],
    ["--progress plian", "did you mean plain?"],
    ["--progress xyz", "see 'kasane build --help'"],
    ["--nothing-like-it", "see 'kasane build --help'"],
  ])("says what to do after %s", (line, hint) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ hint }));
  });
});
