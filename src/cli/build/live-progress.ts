import type { BuildStep } from "../../build/mod.ts";
import type { Terminal } from "../terminal.ts";
import { visible, visibleOutput } from "../text/visible.ts";
import { type BuildProgress, secondsText, tellWarning, title } from "./build-progress.ts";
import { missLines } from "./miss-text.ts";

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
export function liveProgress(terminal: Terminal): BuildProgress {
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
      lines.push(fit(` => ${title(step)}`, secondsText(performance.now() - startedAtMs), width));
      const tail = Bun.stripANSI(text)
        .trimEnd()
        .split(/\r?\n|\r/)
        .slice(-tailLines);
      for (const line of tail)
        if (line !== "") lines.push(`\x1b[2m${Bun.sliceAnsi(visible(` => => ${line}`), 0, width)}\x1b[0m`);
    }
    // What has scrolled out of sight cannot be erased any more.
    const shown = lines.slice(0, Math.max(1, terminal.rows() - 2));
    terminal.drawErr(shown.map((line) => `${line}\n`).join(""));
    drawn = shown.length;
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
          tellWarning(terminal, event);
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
        case "missed":
          erase();
          for (const line of missLines(event)) terminal.err(`    ${line}\n`);
          draw();
          break;
        case "cached":
          settle(event.step, "CACHED ", "0.0s");
          break;
        case "finished":
          settle(event.step, "", secondsText(event.durationMs));
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
