import type { BuildPart } from "../../build/mod.ts";
import { say } from "../messages/say.ts";
import type { Terminal } from "../terminal.ts";
import { OutputLines } from "../text/output-lines.ts";
import { humanSize } from "../text/units.ts";
import { visible, visibleOutput } from "../text/visible.ts";
import type { BuildProgress } from "./build-progress.ts";
import { secondsText, tellWarning, title, warningText } from "./build-progress.ts";
import { missLines } from "./miss-text.ts";

/** A step that has the log is left for another that has something to say after so long a silence. */
const silenceMs = 5000;
/** Of one step: with more the log goes over to it, so that memory stays bounded. */
const heldCharacters = 1024 * 1024;

/** What a step says while another one has the log. */
interface Section {
  readonly number: number;
  readonly startedAtMs: number;
  readonly streams: Record<"stdout" | "stderr", OutputLines>;
  /** Of layers on their way. */
  readonly sizes: Map<string, number>;
  held: string;
  hasEnded: boolean;
}

/**
 * Whole lines, each with its step's number and the time since the step began: made for logs, never cut. One step has the log until it
 * ends or falls silent; what the others say meanwhile follows in one piece.
 */
export function plainProgress(terminal: Terminal): BuildProgress {
  const sections = new Map<number, Section>();
  let current: Section | undefined;
  let last = 0;
  let spokeAtMs = 0;
  const write = (section: Section, text: string) => {
    if (text === "") return;
    const gap = last !== 0 && last !== section.number ? "\n" : "";
    last = section.number;
    spokeAtMs = performance.now();
    terminal.drawErr(gap + text);
  };
  /** Gives the log to whoever waits: those that are over first, then one that still runs. */
  const next = () => {
    for (const section of sections.values()) {
      if (!section.hasEnded) continue;
      write(section, section.held);
      sections.delete(section.number);
    }
    current = sections.values().find((section) => section.held !== "");
    if (current) hand(current);
  };
  const hand = (section: Section) => {
    current = section;
    write(section, section.held);
    section.held = "";
  };
  const put = (section: Section, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const text = lines.map((line) => `#${section.number} ${line}\n`).join("");
    current ??= section;
    if (current === section) {
      write(section, text);
      return;
    }
    section.held += text;
    if (section.held.length > heldCharacters || performance.now() - spokeAtMs > silenceMs) hand(section);
  };
  const end = (section: Section, line: string) => {
    const rest = [...section.streams.stdout.end(), ...section.streams.stderr.end()];
    put(section, [...timed(section, rest), line]);
    section.hasEnded = true;
    if (current !== section) return;
    sections.delete(section.number);
    next();
  };
  // Somebody waits for the log, and whoever has it is silent.
  const timer = setInterval(() => {
    if (current && performance.now() - spokeAtMs > silenceMs) next();
  }, 1000);
  timer.unref();
  return {
    listener(event) {
      if (event.kind === "warning") {
        // Of the Dockerfile, as BuildKit has it; what Kasane warns of beside that looks as everywhere.
        if (event.rule === undefined) tellWarning(terminal, event);
        else terminal.drawErr(`#0 WARN: ${visible(warningText(event))}\n`);
        return;
      }
      if (event.kind === "progress") {
        const { of, part } = event;
        const section = "number" in of ? sections.get(of.number) : undefined;
        if (section && part.totalBytes !== undefined) section.sizes.set(part.id, part.totalBytes);
        if (section && part.isDone) put(section, [transferText(section, part)]);
        return;
      }
      if (!("step" in event)) return;
      const { number } = event.step;
      if (event.kind === "started") sections.set(number, newSection(number));
      const section = sections.get(number);
      if (!section) return;
      switch (event.kind) {
        case "started":
          put(section, [title(event.step)]);
          break;
        case "missed":
          put(section, missLines(event));
          break;
        case "output":
          put(section, timed(section, section.streams[event.stream].add(event.chunk)));
          break;
        case "cached":
          end(section, "CACHED");
          break;
        case "finished":
          end(section, `DONE ${secondsText(event.durationMs)}`);
          break;
        case "failed":
          end(section, `ERROR: ${visible(say(event.error.message.split("\n")[0]!))}`);
          break;
      }
    },
    end() {
      clearInterval(timer);
      for (const section of sections.values()) write(section, section.held);
      sections.clear();
    },
  };
}

/** A layer that has come, as BuildKit writes it. */
function transferText(section: Section, { id, totalBytes }: BuildPart): string {
  const size = section.sizes.get(id) ?? totalBytes;
  return `${id}${size === undefined ? "" : ` ${humanSize(size)} / ${humanSize(size)}`} done`;
}

function newSection(number: number): Section {
  const streams = { stdout: new OutputLines(), stderr: new OutputLines() };
  return { number, startedAtMs: performance.now(), streams, sizes: new Map(), held: "", hasEnded: false };
}

function timed({ startedAtMs }: Section, lines: readonly string[]): string[] {
  const time = ((performance.now() - startedAtMs) / 1000).toFixed(3);
  return lines.map((text) => `${time} ${visibleOutput(text)}`);
}
