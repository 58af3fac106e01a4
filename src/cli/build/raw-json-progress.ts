import type { BuildEvent, BuildPart, BuildStep, BuildTask } from "../../build/mod.ts";
import { type CheckRule, ruleUrl } from "../../dockerfile/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import type { Terminal } from "../terminal.ts";
import { type BuildProgress, title } from "./build-progress.ts";

type Vertex = BuildStep | BuildTask;

/** BuildKit's client.SolveStatus, one on a line: what `buildx build --progress=rawjson` prints, for tools that read that. */
export function rawJsonProgress(terminal: Terminal): BuildProgress {
  const started = new Map<Vertex, { readonly at: string; readonly inputs: readonly string[] }>();
  const parts = new Map<string, string>();
  /** The step of each stage that was begun last. */
  const latest = new Map<string, BuildStep>();
  /** Of the task that reads the Dockerfile. */
  let definition = vertexDigest({ name: "[internal] load build definition" });
  const now = () => new Date().toISOString();
  const put = (status: Readonly<Record<string, unknown>>) => terminal.drawErr(`${JSON.stringify(status)}\n`);
  const vertex = (of: Vertex, how: Readonly<Record<string, unknown>>) => {
    const { at, inputs = [] } = started.get(of) ?? {};
    const name = "number" in of ? title(of) : of.name;
    put({
      vertexes: [
        { digest: vertexDigest(of), ...(inputs.length > 0 && { inputs }), name, started: at, ...how },
      ],
    });
  };
  const begin = (of: Vertex, inputs: readonly string[]) => {
    started.set(of, { at: now(), inputs: [...new Set(inputs)] });
    vertex(of, {});
  };
  const status = (of: Vertex, { id, currentBytes = 0, totalBytes, isDone }: BuildPart) => {
    const key = `${vertexDigest(of)} ${id}`;
    const at = parts.get(key) ?? now();
    parts.set(key, at);
    const times = { timestamp: now(), started: at, ...(isDone && { completed: now() }) };
    const size = totalBytes === undefined ? {} : { total: totalBytes };
    put({ statuses: [{ id, vertex: vertexDigest(of), current: currentBytes, ...size, ...times }] });
  };
  return {
    listener(event) {
      switch (event.kind) {
        case "started": {
          const { step } = event;
          begin(
            step,
            [step.stage, ...otherStages(step)].flatMap((stage) => latest.get(stage) ?? []).map(vertexDigest),
          );
          latest.set(step.stage, step);
          break;
        }
        case "task-started":
          if (event.task.name.includes("build definition")) definition = vertexDigest(event.task);
          begin(event.task, []);
          break;
        case "output": {
          const stream = event.stream === "stdout" ? 1 : 2;
          const data = Buffer.from(event.chunk).toString("base64");
          put({ logs: [{ vertex: vertexDigest(event.step), stream, data, timestamp: now() }] });
          break;
        }
        case "progress":
          status(event.of, event.part);
          break;
        case "cached":
          vertex(event.step, { completed: now(), cached: true });
          break;
        case "finished":
          vertex(event.step, { completed: now() });
          break;
        case "task-finished":
          vertex(event.task, { completed: now() });
          break;
        case "failed":
          vertex(event.step, { completed: now(), error: event.error.message });
          break;
        case "task-failed":
          vertex(event.task, { completed: now(), error: event.error.message });
          break;
        case "warning":
          put({ warnings: [{ vertex: definition, ...warningOf(event) }] });
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
    level: 1,
    short: Buffer.from(short).toString("base64"),
    ...(url !== undefined && { url }),
    ...(line !== undefined && { range: [{ start: position, end: position }] }),
  };
}

function vertexDigest(of: Vertex): string {
  return digestOf("number" in of ? `${of.number} ${of.text}` : of.name);
}
