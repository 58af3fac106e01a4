import type { BuildEvent, BuildListener, BuildStep } from "../../build/mod.ts";
import { say } from "../messages/say.ts";
import { OutputLines } from "../output-lines.ts";
import type { Terminal } from "../terminal.ts";
import { visible, visibleOutput } from "../visible.ts";

export type BuildProgressKind = "auto" | "plain" | "tty" | "quiet";

/** What a build looks like while it runs; end() leaves the terminal tidy. Everything goes to standard error. */
export interface BuildProgress {
  readonly listener: BuildListener;
  end(): void;
}

export function buildProgress(terminal: Terminal, kind: BuildProgressKind): BuildProgress {
  if (kind === "quiet") return { listener: (event) => warn(terminal, event), end() {} };
  if (kind === "tty" || (kind === "auto" && terminal.isErrTty)) return liveProgress(terminal);
  return plainProgress(terminal);
}

function title(step: BuildStep): string {
  const stage = step.stage === "" ? "" : `${step.stage} `;
  return visible(`[${stage}${step.index}/${step.total}] ${step.text}`).replaceAll("\n", " ");
}

function warn(terminal: Terminal, event: BuildEvent): void {
  if (event.kind !== "warning") return;
  const line = event.line === undefined ? "" : `${say(`line ${event.line}`)}: `;
  const rule = event.rule === undefined ? "" : ` (${event.rule})`;
  terminal.err(`${say("warning")}: ${line}${say(event.message)}${rule}\n`);
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)}s`;

/** Whole lines, each with its step's number, and the time since the step began: made for logs, never cut. */
function plainProgress(terminal: Terminal): BuildProgress {
  const startedAtMs = new Map<number, number>();
  const outputs = new Map<string, OutputLines>();
  let last = 0;
  const write = (step: BuildStep, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const gap = last !== 0 && last !== step.number ? "\n" : "";
    last = step.number;
    terminal.drawErr(gap + lines.map((text) => `#${step.number} ${text}\n`).join(""));
  };
  const line = (step: BuildStep, text: string) => write(step, [text]);
  // All lines of a chunk in one call: a program may print millions.
  const output = (step: BuildStep, lines: readonly string[]) => {
    const time = ((performance.now() - (startedAtMs.get(step.number) ?? 0)) / 1000).toFixed(3);
    write(
      step,
      lines.map((text) => `${time} ${visibleOutput(text)}`),
    );
  };
  const flush = (step: BuildStep) => {
    for (const stream of ["stdout", "stderr"]) {
      const key = `${step.number} ${stream}`;
      output(step, outputs.get(key)?.end() ?? []);
      outputs.delete(key);
    }
  };
  return {
    listener(event) {
      switch (event.kind) {
        case "warning":
          warn(terminal, event);
          break;
        case "started":
          startedAtMs.set(event.step.number, performance.now());
          line(event.step, title(event.step));
          break;
        case "output": {
          const key = `${event.step.number} ${event.stream}`;
          const lines = outputs.get(key) ?? new OutputLines();
          outputs.set(key, lines);
          output(event.step, lines.add(event.chunk));
          break;
        }
        case "cached":
          if (!startedAtMs.has(event.step.number)) line(event.step, title(event.step));
          line(event.step, "CACHED");
          break;
        case "finished":
          flush(event.step);
          line(event.step, `DONE ${seconds(event.durationMs)}`);
          break;
        case "failed":
          flush(event.step);
          line(event.step, `ERROR ${visible(say(event.error.message.split("\n")[0]!))}`);
          break;
      }
    },
    end() {},
  };
}

/** How many lines of a running step's output a terminal shows. */
const tailLines = 6;
/** How much of a running step's output is kept for that, and for when it fails. */
const tailBytes = 8192;

interface Running {
  readonly step: BuildStep;
  readonly startedAtMs: number;
  text: string;
}

/** Finished steps scroll by; running ones stay below with the end of what they print. */
function liveProgress(terminal: Terminal): BuildProgress {
  const running = new Map<number, Running>();
  let drawn = 0;
  const erase = () => {
    if (drawn > 0) terminal.drawErr(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    const width = terminal.columns() - 1;
    const lines: string[] = [];
    for (const { step, startedAtMs, text } of running.values()) {
      lines.push(fit(` => ${title(step)}`, seconds(performance.now() - startedAtMs), width));
      const tail = Bun.stripANSI(text)
        .trimEnd()
        .split(/\r?\n|\r/)
        .slice(-tailLines);
      for (const line of tail)
        if (line !== "") lines.push(`\x1b[2m${Bun.sliceAnsi(visible(` => => ${line}`), 0, width)}\x1b[0m`);
    }
    terminal.drawErr(lines.map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const settle = (step: BuildStep, how: string, time: string) => {
    running.delete(step.number);
    erase();
    terminal.err(`${fit(` => ${how}${title(step)}`, time, terminal.columns() - 1)}\n`);
    draw();
  };
  const timer = setInterval(() => {
    erase();
    draw();
  }, 150);
  timer.unref();
  return {
    listener(event) {
      switch (event.kind) {
        case "warning":
          erase();
          warn(terminal, event);
          draw();
          break;
        case "started":
          running.set(event.step.number, { step: event.step, startedAtMs: performance.now(), text: "" });
          erase();
          draw();
          break;
        case "output": {
          const step = running.get(event.step.number);
          if (step) step.text = (step.text + decode(event.chunk.subarray(-tailBytes))).slice(-tailBytes);
          break;
        }
        case "cached":
          settle(event.step, "CACHED ", "0.0s");
          break;
        case "finished":
          settle(event.step, "", seconds(event.durationMs));
          break;
        case "failed": {
          const text = running.get(event.step.number)?.text ?? "";
          settle(event.step, "ERROR ", "");
          terminal.drawErr(text === "" ? "" : `${visibleOutput(text).trimEnd()}\n`);
          break;
        }
      }
    },
    end() {
      clearInterval(timer);
      erase();
    },
  };
}

function fit(left: string, right: string, width: number): string {
  const room = Math.max(20, width - right.length - 1);
  const cut = Bun.stringWidth(left) > room ? `${Bun.sliceAnsi(left, 0, room - 1)}…` : left;
  return `${cut}${" ".repeat(Math.max(1, width - Bun.stringWidth(cut) - right.length))}${right}`;
}

function decode(chunk: Uint8Array): string {
  return new TextDecoder().decode(chunk);
}
