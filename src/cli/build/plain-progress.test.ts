import { expect, test } from "bun:test";
import type { BuildEvent, BuildStep } from "../../build/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { Terminal } from "../terminal.ts";
import { jsonProgress } from "./json-progress.ts";
import { plainProgress } from "./plain-progress.ts";
import { rawJsonProgress } from "./raw-json-progress.ts";

function recorder() {
  let text = "";
  const add = (more: string) => {
    text += more;
  };
  return { terminal: { err: add, drawErr: add } as unknown as Terminal, text: () => text };
}

const step = (number: number): BuildStep => ({
  number,
  stage: `s${number}`,
  index: 1,
  total: 2,
  instruction: "RUN",
  text: `RUN ${number}`,
  isOnBuild: false,
  line: number,
});
const started = (number: number): BuildEvent => ({ kind: "started", step: step(number) });
const says = (number: number, text: string): BuildEvent => ({
  kind: "output",
  step: step(number),
  stream: "stdout",
  chunk: new TextEncoder().encode(text),
});
const finished = (number: number): BuildEvent => ({ kind: "finished", step: step(number), durationMs: 1234 });

test("plain: a step keeps the log until it ends; what the others say follows whole", () => {
  const { terminal, text } = recorder();
  const { listener, end } = plainProgress(terminal);
  for (const event of [
    started(1),
    started(2),
    says(1, "one\nrest"),
    started(3),
    says(2, "two\n"),
    says(1, " of it\n"),
    finished(2),
    says(3, "three\nlast"),
    finished(1),
    says(3, " line"),
    finished(3),
  ])
    listener(event);
  end();
  expect(text().replaceAll(/ \d+\.\d{3} /g, " T ")).toBe(
    `${[
      "#1 [s1 1/2] RUN 1",
      "#1 T one",
      "#1 T rest of it",
      "#1 DONE 1.2s",
      "",
      "#2 [s2 1/2] RUN 2",
      "#2 T two",
      "#2 DONE 1.2s",
      "",
      "#3 [s3 1/2] RUN 3",
      "#3 T three",
      "#3 T last line",
      "#3 DONE 1.2s",
    ].join("\n")}\n`,
  );
});

test("plain: nothing is lost of a million lines of a step that has to wait, nor of a long one", () => {
  const { terminal, text } = recorder();
  const { listener, end } = plainProgress(terminal);
  listener(started(1));
  listener(started(2));
  const long = `${"x".repeat(100_000)}\n`;
  for (let round = 0; round < 40; round++) listener(says(2, long));
  listener(says(1, "after all\n"));
  listener(finished(1));
  listener({ kind: "failed", step: step(2), error: new KasaneError("build-failed", "RUN 2 failed\nmore") });
  end();
  expect(text().match(/x/g)?.length).toBe(4_000_000);
  expect(
    text()
      .split("x")
      .at(-1)!
      .replaceAll(/ \d+\.\d{3} /g, " T "),
  ).toBe("\n#2 ERROR: RUN 2 failed\n\n#1 T after all\n#1 DONE 1.2s\n");
});

test("json: every event is an object on a line, output by lines", () => {
  const { terminal, text } = recorder();
  const { listener } = jsonProgress(terminal);
  listener(started(1));
  listener({ kind: "missed", step: step(1), cause: "changed", changes: [{ kind: "argument", name: "V" }] });
  listener(says(1, "one\ntw"));
  listener(says(1, "o"));
  listener({
    kind: "failed",
    step: step(1),
    error: new KasaneError("build-failed", "no", { data: { exitCode: 3 } }),
  });
  const lines = text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ event }) => event)).toEqual(["started", "missed", "output", "output", "failed"]);
  expect(lines[0]).toMatchObject({ step: 1, stage: "s1", text: "RUN 1", line: 1 });
  expect(lines[1]).toMatchObject({ step: 1, cause: "changed", changes: [{ kind: "argument", name: "V" }] });
  expect(lines.slice(2, 4).map((line) => line.text)).toEqual(["one", "two"]);
  expect(lines[4]).toMatchObject({ error: { code: "build-failed", message: "no", exitCode: 3 } });
});

test("rawjson: statuses as BuildKit's clients read them", () => {
  const { terminal, text } = recorder();
  const { listener } = rawJsonProgress(terminal);
  for (const event of [started(1), says(1, "x"), finished(1)]) listener(event);
  const [first, log, last] = text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { digest } = first.vertexes[0];
  expect(first.vertexes[0]).toMatchObject({ name: "[s1 1/2] RUN 1", started: expect.any(String) });
  expect(log.logs).toEqual([{ vertex: digest, stream: 1, data: "eA==", timestamp: expect.any(String) }]);
  expect(last.vertexes[0]).toMatchObject({ digest, completed: expect.any(String) });
});
