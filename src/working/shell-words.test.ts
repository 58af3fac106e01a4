import { expect, test } from "bun:test";
import { jsonList, shellWords } from "./shell-words.ts";

test.each([
  ["python3 server.py", ["python3", "server.py"]],
  [`run "two words" 'and three more' last`, ["run", "two words", "and three more", "last"]],
  [`a\\ b "c\\"d" 'e\\f'`, ["a b", 'c"d', "e\\f"]],
  [`"" ''  x`, ["", "", "x"]],
  ["  ", []],
  ["", []],
  ["a;b | c $HOME", ["a;b", "|", "c", "$HOME"]],
])("shellWords(%j)", (text, words) => {
  expect(shellWords(text)).toEqual(words);
});

test("shellWords() refuses a quote that is not closed", () => {
  expect(() => shellWords("a 'b")).toThrow("a quote is not closed");
});

test.each([
  ['["/app/server", "x"]', ["/app/server", "x"]],
  [" []", []],
  ["[1]", undefined],
  ["[broken", undefined],
  ["plain", undefined],
  ['{"a":1}', undefined],
])("jsonList(%j)", (text, list) => {
  expect(jsonList(text)).toEqual(list as string[]);
});
