import type { BuildStep } from "../../build/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import type { Terminal } from "../terminal.ts";
import { type BuildProgress, title } from "./build-progress.ts";

/** BuildKit's client.SolveStatus, one on a line: what `buildx build --progress=rawjson` prints, for tools that read that. */
export function rawJsonProgress(terminal: Terminal): BuildProgress {
  const started = new Map<number, string>();
  const put = (status: Readonly<Record<string, unknown>>) => terminal.drawErr(`${JSON.stringify(status)}\n`);
  const vertex = (step: BuildStep, how: Readonly<Record<string, unknown>>) =>
    put({
      vertexes: [
        { digest: vertexDigest(step), name: title(step), started: started.get(step.number), ...how },
      ],
    });
  const now = () => new Date().toISOString();
  return {
    listener(event) {
      switch (event.kind) {
        case "started":
          started.set(event.step.number, now());
          vertex(event.step, {});
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
        case "warning": {
          const short = Buffer.from(event.message).toString("base64");
          put({ warnings: [{ level: 1, short }] });
        }
      }
    },
    end() {},
  };
}

function vertexDigest({ number, text }: BuildStep): string {
  return digestOf(`${number} ${text}`);
}
