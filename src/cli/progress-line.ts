import type { Terminal } from "./terminal.ts";
import { visible } from "./text/visible.ts";

/** Redrawn at most this often, ms. */
const intervalMs = 100;

/**
 * One line on standard error that is drawn again and again, on a terminal only. clear() before anything else is printed. The text is
 * asked for when it is drawn, so that progress costs nothing where nobody looks.
 */
export function progressLine(
  terminal: Terminal,
  options: { quiet?: boolean } = {},
): { show(text: () => string): void; clear(): void } {
  if (options.quiet || !terminal.isErrTty) return { show: () => {}, clear: () => {} };
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    show(text) {
      const now = performance.now();
      if (now - drawnAtMs < intervalMs) return;
      drawnAtMs = now;
      isDrawn = true;
      const line = visible(text()).replaceAll("\n", " ");
      terminal.drawErr(`\r\x1b[2K${Bun.sliceAnsi(line, 0, terminal.columns() - 1)}`);
    },
    clear() {
      if (isDrawn) terminal.drawErr("\r\x1b[2K");
      isDrawn = false;
    },
  };
}
