import type { BuildEvent, BuildListener, BuildResult, BuildStep } from "../../build/mod.ts";
import { say } from "../messages/say.ts";
import type { Terminal } from "../terminal.ts";
import { visible } from "../text/visible.ts";

export const progressKinds = ["auto", "plain", "tty", "json", "rawjson", "quiet", "none"] as const;

export type BuildProgressKind = (typeof progressKinds)[number];

export interface BuildOutcome {
  readonly result: BuildResult;
  /** Of all outputs. */
  readonly names: readonly string[];
}

/** What a build looks like while it runs. Everything goes to standard error. */
export interface BuildProgress {
  readonly listener: BuildListener;
  /** Leaves the terminal tidy. JSON tells of the result; for people others do. */
  end(outcome?: BuildOutcome): void;
}

export async function buildProgress(terminal: Terminal, kind: BuildProgressKind): Promise<BuildProgress> {
  switch (kind) {
    case "quiet":
    case "none":
      return { listener: (event) => tellWarning(terminal, event), end() {} };
    case "json":
      return (await import("./json-progress.ts")).jsonProgress(terminal);
    case "rawjson":
      return (await import("./raw-json-progress.ts")).rawJsonProgress(terminal);
    default: {
      const isLive = kind === "tty" || (kind === "auto" && terminal.isErrTty);
      return isLive
        ? (await import("./live-progress.ts")).liveProgress(terminal)
        : (await import("./plain-progress.ts")).plainProgress(terminal);
    }
  }
}

export function title(step: BuildStep): string {
  const stage = step.stage === "" ? "" : `${step.stage} `;
  return visible(`[${stage}${step.index}/${step.total}] ${step.text}`).replaceAll("\n", " ");
}

export function tellWarning(terminal: Terminal, event: BuildEvent): void {
  if (event.kind !== "warning") return;
  const line = event.line === undefined ? "" : `${say(`line ${event.line}`)}: `;
  const rule = event.rule === undefined ? "" : ` (${event.rule})`;
  terminal.err(`${say("warning")}: ${line}${say(event.message)}${rule}\n`);
}

/** In BuildKit's form: `Rule: what is wrong (line 3)`. */
export function warningText({ message, line, rule }: Extract<BuildEvent, { kind: "warning" }>): string {
  const place = line === undefined ? "" : ` (${say(`line ${line}`)})`;
  return `${rule === undefined ? "" : `${rule}: `}${say(message)}${place}`;
}

export const secondsText = (ms: number) => `${(ms / 1000).toFixed(1)}s`;
