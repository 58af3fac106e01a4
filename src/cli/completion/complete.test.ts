import { describe, expect, test } from "bun:test";
import { aliases, commands } from "../catalogue.ts";
import { complete, formatCompletions } from "./complete.ts";

const world = {
  images: async () => ["demo:v1", "localhost:5000/app:v2"],
  containers: async () => ["quiet_fox"],
  networks: async () => ["backend"],
  volumes: async () => ["data"],
};
const values = async (...typed: string[]) => {
  const { words, files } = await complete(typed, world);
  const last = typed.at(-1)!;
  return [
    ...words.map(({ value }) => value).filter((value) => value.startsWith(last)),
    ...(files ? [`:${files}`] : []),
  ];
};

describe("complete()", () => {
  test.each([
    [["imag"], ["images", "image", "imagetools"]],
    [["hist"], ["history"]],
    [["image", "pr"], ["prune"]],
    [["buildx", "ima"], ["imagetools"]],
    [
      ["buildx", "imagetools", ""],
      ["inspect", "create"],
    ],
    [["help", "hist"], ["history"]],
    [["--ro"], ["--root"]],
    [["--root", "/x", "hist"], ["history"]],
    [["images", "--no-tr"], ["--no-trunc"]],
    [["image", "ls", "--dig"], ["--digests"]],
    [["rmi", "de"], ["demo:v1"]],
    [["rmi", "demo:v1", "local"], ["localhost:5000/app:v2"]],
    [["rmi", "-f", "localhost:5000/a"], ["localhost:5000/app:v2"]],
    [
      ["inspect", ""],
      ["demo:v1", "localhost:5000/app:v2", "quiet_fox"],
    ],
    [["rm", ""], ["quiet_fox"]],
    [["network", "rm", ""], ["backend"]],
    [["volume", "inspect", ""], ["data"]],
    [
      ["inspect", "--type", ""],
      ["image", "container", "network", "volume"],
    ],
    [
      ["pull", "--platform", "linux/arm"],
      ["linux/arm64", "linux/arm/v7"],
    ],
    [
      ["images", "--format", ""],
      ["json", "table"],
    ],
    [["login", "--authfile", ""], [":files"]],
    [["pull", "--cert-dir", ""], [":directories"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["completion", "bash", ""], []],
    [["version", ""], []],
    [["nothing-like-it", "--x", ""], []],
    [["run", "demo:v1", "-"], [":files"]],
  ])("%p", async (typed, expected) => {
    expect((await values(...typed)).toSorted()).toEqual(expected.toSorted());
  });

  test("knows every command, each of its names and every flag", async () => {
    for (const name of [...Object.keys(commands), ...Object.keys(aliases)]) {
      const words = name.split(" ");
      for (const [index, word] of words.entries()) {
        expect(await values(...words.slice(0, index), word)).toContain(word);
      }
      const { flags } = (await commands[aliases[name] ?? name]!()).default;
      const shown = flags.filter((flag) => !flag.hidden).map((flag) => `--${flag.name}`);
      expect((await values(...words, "--")).toSorted()).toEqual([...shown, "--help"].toSorted());
    }
  });

  test("formatCompletions() is a word a line, whatever is in it", () => {
    expect(formatCompletions({ words: [{ value: "a", what: "x\ny" }, { value: "b" }], files: "files" })).toBe(
      "a\tx y\nb\n:files\n",
    );
  });
});
