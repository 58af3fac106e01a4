import type { BuildEvent, BuildStep } from "../../build/mod.ts";
import { type CheckRule, ruleUrl } from "../../dockerfile/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import type { Terminal } from "../terminal.ts";
import { type BuildProgress, title } from "./build-progress.ts";

/** BuildKit's client.SolveStatus, one on a line: what `buildx build --progress=rawjson` prints, for tools that read that. */
export function rawJsonProgress(terminal: Terminal): BuildProgress {
  const started = new Map<number, { readonly at: string; readonly inputs: readonly string[] }>();
  /** The step of each stage that was begun last. */
  const latest = new Map<string, BuildStep>();
  const put = (status: Readonly<Record<string, unknown>>) => terminal.drawErr(`${JSON.stringify(status)}\n`);
  const vertex = (step: BuildStep, how: Readonly<Record<string, unknown>>) => {
    const { at, inputs = [] } = started.get(step.number) ?? {};
    const digest = vertexDigest(step);
    const vertexes = [
      { digest, ...(inputs.length > 0 && { inputs }), name: title(step), started: at, ...how },
    ];
    put({ vertexes });
  };
  const begin = (step: BuildStep) => {
    const inputs = [step.stage, ...otherStages(step)].flatMap((stage) => latest.get(stage) ?? []);
    started.set(step.number, { at: now(), inputs: [...new Set(inputs.map(vertexDigest))] });
    latest.set(step.stage, step);
    vertex(step, {});
  };
  const now = () => new Date().toISOString();
  return {
    listener(event) {
      switch (event.kind) {
        case "started":
          begin(event.step);
          break;
        case "output": {
          const stream = event.stream === "stdout" ? 1 : 2;
          const data = Buffer.from(event.chunk).toString("base64");
          put({ logs: [{ vertex: vertexDigest(event.step), stream, data, timestamp: now() }] });
          break;
        }
        case "cached":
          vertex(event.step, { completed: now(), cached: true });
          break;
        case "finished":
          vertex(event.step, { completed: now() });
          break;
        case "failed":
          vertex(event.step, { completed: now(), error: event.error.message });
          break;
        case "warning":
          put({ warnings: [warningOf(event)] });
      }
    },
    end() {},
  };
}

/** What COPY --from and mounts read, as far as they are stages. */
function otherStages({ text }: BuildStep): string[] {
  return [...text.matchAll(/(?:--|[=,])from=([^\s,]+)/g)].map(([, name]) => name!.toLowerCase());
}

/** BuildKit says it of the step that reads the Dockerfile. */
function warningOf({ message, line, rule }: Extract<BuildEvent, { kind: "warning" }>) {
  const short = `${rule ? `${rule}: ` : ""}${message}${line === undefined ? "" : ` (line ${line})`}`;
  const position = { line, character: 0 };
  const url = rule === undefined ? undefined : ruleUrl(rule as CheckRule);
  return {
    vertex: digestOf("[internal] load build definition"),
    level: 1,
    short: Buffer.from(short).toString("base64"),
    ...(url !== undefined && { url }),
    ...(line !== undefined && { range: [{ start: position, end: position }] }),
  };
}

function vertexDigest({ number, text }: BuildStep): string {
  return digestOf(`${number} ${text}`);
}
