import type { FileDifference, StepDifference } from "../../build/mod.ts";
import { say } from "../messages/say.ts";
import type { Terminal } from "../terminal.ts";
import { visible } from "../text/visible.ts";

/** Longest list of files of one step that is shown. */
const shownFiles = 50;

/** What `--verify-reproducible` found, on standard output: the step, its files, and what is not the same. */
export function tellDifferences(terminal: Terminal, differences: readonly StepDifference[]): void {
  for (const { step, files } of differences) {
    const stage = step.stage === "" ? "" : `${step.stage} `;
    const place = visible(`[${stage}${step.index}/${step.total}] ${step.text}`);
    const line = step.isOnBuild ? "" : ` (${say(`line ${step.line}`)})`;
    terminal.out(`${say("not reproducible")}: ${place}${line}\n`);
    for (const file of files.slice(0, shownFiles)) terminal.out(linesOf(file));
    if (files.length > shownFiles) {
      terminal.out(`  ${say(`and ${files.length - shownFiles} more files`)}\n`);
    }
  }
}

function linesOf({ path, kind, attributes, content }: FileDifference): string {
  const shown = visible(`/${path}`);
  if (kind !== "changed") {
    return `  ${shown}: ${say(kind === "added" ? "only there the second time" : "not there the second time")}\n`;
  }
  const lines = attributes
    .filter(({ name }) => name !== "content")
    .map(({ name, before, after }) => `${name} ${visible(before)} → ${visible(after)}`);
  if (attributes.some(({ name }) => name === "content")) lines.push(contentText(content));
  return lines.map((text) => `  ${shown}: ${text}\n`).join("");
}

function contentText(content: FileDifference["content"]): string {
  if (!content) return say("the content differs");
  const { offset, cause, line, before = "", after = "" } = content;
  if (cause === "gzip-time") return say("gzip wrote the time into its header: use gzip -n");
  if (cause === "pyc-time")
    return say("Python wrote the time of the source into it: compile with --invalidation-mode checked-hash");
  if (line === undefined) return say(`the content differs from byte ${offset} on`);
  return `${say(`line ${line}`)}: ${visible(before)} → ${visible(after)}`;
}
