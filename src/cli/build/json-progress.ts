import type { BuildEvent, BuildStep } from "../../build/mod.ts";
import type { Terminal } from "../terminal.ts";
import { OutputLines } from "../text/output-lines.ts";
import type { BuildProgress } from "./build-progress.ts";

/** One JSON object on a line for each event; docs/build-cache.md lists them. */
export function jsonProgress(terminal: Terminal): BuildProgress {
  const outputs = new Map<string, OutputLines>();
  const put = (event: Readonly<Record<string, unknown>>) =>
    terminal.drawErr(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
  const output = ({ number }: BuildStep, stream: string, lines: readonly string[]) => {
    for (const text of lines) put({ event: "output", step: number, stream, text });
  };
  const flush = (step: BuildStep) => {
    for (const stream of ["stdout", "stderr"]) {
      const key = `${step.number} ${stream}`;
      output(step, stream, outputs.get(key)?.end() ?? []);
      outputs.delete(key);
    }
  };
  return {
    listener(event) {
      switch (event.kind) {
        case "output": {
          const key = `${event.step.number} ${event.stream}`;
          const lines = outputs.get(key) ?? new OutputLines();
          outputs.set(key, lines);
          output(event.step, event.stream, lines.add(event.chunk));
          return;
        }
        case "finished":
        case "failed":
          flush(event.step);
      }
      put(eventObject(event));
    },
    end(outcome) {
      if (!outcome) return;
      const { id, raw, steps, buildId } = outcome.result;
      put({ event: "result", image: id, manifest: raw.digest, tags: outcome.names, steps, build: buildId });
    },
  };
}

function eventObject(event: Exclude<BuildEvent, { kind: "output" }>): Record<string, unknown> {
  const { kind, ...rest } = event;
  if ("of" in rest) {
    const { of, part } = rest;
    return { event: kind, ...("number" in of ? { step: of.number } : { task: of.name }), ...part };
  }
  if ("task" in rest) {
    const { task, ...more } = rest;
    const error = "error" in more && { error: { code: more.error.code, message: more.error.message } };
    return { event: kind, task: task.name, ...more, ...error };
  }
  if (!("step" in rest)) return { event: kind, ...rest };
  const { step, ...more } = rest;
  if (kind === "started") return { event: kind, step: step.number, ...step, number: undefined };
  if (!("error" in more)) return { event: kind, step: step.number, ...more };
  const { code, message, hint, data } = more.error;
  return { event: kind, step: step.number, error: { code, message, hint, ...data } };
}
