import type { CacheMiss, KeyChange } from "../../build/mod.ts";
import { say } from "../messages/say.ts";
import { visibleLine } from "../text/visible.ts";

/** What of many changes a log says; `kasane why` says all that are known. */
const shownChanges = 20;

/** Why a step runs, for people, one cause on a line; nothing where nobody asked. */
export function missLines({ cause, changes = [] }: CacheMiss): string[] {
  if (cause === undefined) return [];
  if (cause !== "changed") return [`MISS ${say(whyText(cause))}`];
  const shown = changes
    .slice(0, shownChanges)
    .map((change) => `MISS ${visibleLine(say(changeText(change)))}`);
  if (changes.length > shownChanges)
    shown.push(`MISS ${say(`and ${changes.length - shownChanges} more changes`)}`);
  return shown;
}

/** In English: what scripts read. */
export function missTexts({ cause, changes = [] }: CacheMiss): string[] {
  return cause === undefined || cause === "changed"
    ? changes.map((change) => changeText(change))
    : [whyText(cause)];
}

function whyText(cause: "no-cache" | "first" | "removed"): string {
  if (cause === "no-cache") return "the cache was not asked";
  if (cause === "first") return "nothing like it was built here before";
  return "nothing changed, but the result is no longer in the cache";
}

function changeText(change: KeyChange): string {
  const { kind, name, of, before, after } = change;
  switch (kind) {
    case "file":
      return fileText(change);
    case "base":
      return of === undefined
        ? `base ${name}: ${before} → ${after}`
        : `base ${name} below ${of}: ${before} → ${after}`;
    case "step":
      return of === undefined
        ? `the layer below changed: ${name}`
        : `the layer that ${of} comes from changed: ${name}`;
    case "source":
    case "mount":
      return pairText(`${kind} ${name}`, change);
    case "layers":
      return "the files below changed";
    default:
      return pairText(`${kind} ${name}`, change);
  }
}

function fileText({ name, aspect, before, after }: KeyChange): string {
  switch (aspect) {
    case "added":
      return `file ${name}: added`;
    case "removed":
      return `file ${name}: removed`;
    case "content":
      return `file ${name}: content`;
    default:
      return `file ${name}: ${aspect} ${before} → ${after}`;
  }
}

function pairText(what: string, { before, after }: KeyChange): string {
  if (before === undefined) return `${what}: new, ${after}`;
  if (after === undefined) return `${what}: gone, was ${before}`;
  return `${what}: ${before} → ${after}`;
}
