import type { ProgressEvent, ProgressListener } from "../../lib/mod.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../text/units.ts";
import { visible } from "../text/visible.ts";

/** Docker's words for the phases of a pull and a push; phases that only move numbers have none in plain output. */
const wording: Record<ProgressEvent["phase"], { text: string; plain: boolean }> = {
  waiting: { text: "Pulling fs layer", plain: true },
  downloading: { text: "Downloading", plain: false },
  verifying: { text: "Verifying Checksum", plain: true },
  downloaded: { text: "Download complete", plain: true },
  loading: { text: "Loading layer", plain: false },
  extracting: { text: "Extracting", plain: false },
  pulled: { text: "Pull complete", plain: true },
  exists: { text: "Already exists", plain: true },
  preparing: { text: "Preparing", plain: true },
  pushing: { text: "Pushing", plain: false },
  pushed: { text: "Pushed", plain: true },
  mounted: { text: "Mounted from", plain: true },
  "pushed-exists": { text: "Layer already exists", plain: true },
  retrying: { text: "Retrying", plain: true },
};

type ProgressTerminal = Pick<Terminal, "out" | "drawOut" | "isOutTty" | "columns">;

/** Shows what copyImage() tells: one line a layer, redrawn on a terminal, appended elsewhere, nothing when quiet. */
export function transferProgress(
  terminal: ProgressTerminal,
  options: { quiet?: boolean } = {},
): { listener: ProgressListener; onWait(host: string, text: string): void; end(): void } {
  if (options.quiet) return { listener: () => {}, onWait: () => {}, end: () => {} };
  const shown = terminal.isOutTty ? redrawn(terminal) : appended(terminal);
  return { ...shown, onWait: (host, text) => shown.listener({ id: host, phase: "retrying", detail: text }) };
}

/** The terminal for progress where standard output has something else. */
export function onErr(terminal: Terminal): ProgressTerminal {
  return {
    out: terminal.err,
    drawOut: terminal.drawErr,
    isOutTty: terminal.isErrTty,
    columns: terminal.columns,
  };
}

function appended(terminal: ProgressTerminal) {
  const last = new Map<string, string>();
  return {
    listener(event: ProgressEvent) {
      const { text, plain } = wording[event.phase];
      const isRepeated = last.get(event.id) === event.phase && event.phase !== "retrying";
      if (!plain || isRepeated) return;
      last.set(event.id, event.phase);
      terminal.out(`${event.id}: ${text}${event.detail ? ` ${event.detail}` : ""}\n`);
    },
    end() {},
  };
}

function redrawn(terminal: ProgressTerminal) {
  const rows: string[] = [];
  const lines = new Map<string, number>();
  let drawnAtMs = 0;
  let pending = false;
  const draw = (up: number) => {
    const width = terminal.columns();
    const body = rows.map((row) => `\x1b[2K${Bun.sliceAnsi(row, 0, width - 1)}\n`).join("");
    terminal.drawOut(`${up > 0 ? `\x1b[${up}A` : ""}${body}`);
    drawnAtMs = performance.now();
    pending = false;
  };
  return {
    listener(event: ProgressEvent) {
      const up = rows.length;
      let row = lines.get(event.id);
      const isNew = row === undefined;
      if (row === undefined) {
        row = rows.length;
        lines.set(event.id, row);
        rows.push("");
      }
      rows[row] = visible(`${event.id}: ${describe(event, terminal.columns())}`).replaceAll("\n", " ");
      // Numbers at most 20 times a second; a new line or a phase that ends at once.
      if (isNew || event.current === undefined || performance.now() - drawnAtMs > 50) draw(up);
      else pending = true;
    },
    end() {
      if (pending) draw(rows.length);
    },
  };
}

function describe(event: ProgressEvent, columns: number): string {
  const text = `${wording[event.phase].text}${event.detail ? ` ${event.detail}` : ""}`;
  if (event.current === undefined || !event.total) return text;
  const numbers = `${humanSize(event.current, 4)}/${humanSize(event.total, 4)}`;
  if (columns <= 110) return `${text}  ${numbers}`;
  const filled = Math.min(50, Math.floor((event.current / event.total) * 50));
  const bar = filled >= 50 ? "=".repeat(50) : `${"=".repeat(filled)}>${" ".repeat(49 - filled)}`;
  return `${text}  [${bar}] ${numbers}`;
}
