import type { FileFact, FileFacts } from "./file-facts.ts";
import type { LayerStack } from "./layer-stack.ts";
import type { KeyPartKind } from "./step-key.ts";

/** A part of a key as it is recorded. */
export interface RecordedPart {
  readonly kind: KeyPartKind;
  readonly name: string;
  /** Decides whether it changed: the value itself where it is short, else its beginning and digest. */
  readonly value: string;
  readonly layers?: LayerStack;
}

/** One difference between a step and the nearest one before it. */
export interface KeyChange {
  readonly kind: KeyPartKind | "base" | "step" | "file" | "platform";
  /** The variable, the setting, the path, the instruction that made the layer, the image. */
  readonly name: string;
  /** Files: what of them changed. */
  readonly aspect?: FileAspect;
  /** What it is part of: the source or mount of a file, the stage of a layer. */
  readonly of?: string;
  /** Absent: it was not there. */
  readonly before?: string;
  readonly after?: string;
}

export type FileAspect = "added" | "removed" | "content" | "mode" | "owner" | "type" | "link target";

/** What of a hundred changed files is told. */
const changeLimit = 100;

/** Everything by which two records of a step differ, most telling first. Files of each by the name of their part. */
export function compareInputs(
  before: { readonly parts: readonly RecordedPart[]; readonly files: ReadonlyMap<string, FileFacts> },
  after: { readonly parts: readonly RecordedPart[]; readonly files: ReadonlyMap<string, FileFacts> },
): KeyChange[] {
  const old = new Map(before.parts.map((part) => [nameOf(part), part]));
  const now = new Map(after.parts.map((part) => [nameOf(part), part]));
  const changes: KeyChange[] = [];
  for (const [name, part] of now) {
    const earlier = old.get(name);
    if (earlier?.value === part.value) continue;
    if (earlier === undefined) changes.push({ kind: part.kind, name: part.name, after: part.value });
    else changes.push(...compareParts(earlier, part, before.files.get(name), after.files.get(name)));
  }
  for (const [name, part] of old) {
    if (!now.has(name)) changes.push({ kind: part.kind, name: part.name, before: part.value });
  }
  return changes.slice(0, changeLimit);
}

/** How far apart two records are: the more of the same instruction, the nearer. */
export function distance(before: readonly RecordedPart[], after: readonly RecordedPart[]): number {
  const old = new Map(before.map((part) => [nameOf(part), part.value]));
  let different = 0;
  for (const part of after) {
    if (old.get(nameOf(part)) !== part.value) different += part.kind === "instruction" ? 3 : 1;
    old.delete(nameOf(part));
  }
  return different + old.size;
}

export function nameOf({ kind, name }: Pick<RecordedPart, "kind" | "name">): string {
  return `${kind} ${name}`;
}

function compareParts(
  before: RecordedPart,
  after: RecordedPart,
  oldFiles: FileFacts | undefined,
  newFiles: FileFacts | undefined,
): KeyChange[] {
  const of = after.kind === "source" || after.kind === "mount" ? { of: after.name } : {};
  const changes: KeyChange[] = [];
  if (oldFiles && newFiles && !!oldFiles.isFolded === !!newFiles.isFolded) {
    changes.push(...compareFiles(oldFiles, newFiles, of));
  }
  if (before.layers && after.layers) changes.push(...compareLayers(before.layers, after.layers, of));
  if (changes.length > 0) return changes;
  return [{ kind: after.kind, name: after.name, before: before.value, after: after.value }];
}

function compareFiles(before: FileFacts, after: FileFacts, of: { of?: string }): KeyChange[] {
  const changes: KeyChange[] = [];
  const paths = [...new Set([...Object.keys(after.facts), ...Object.keys(before.facts)])].sort();
  for (const path of paths) {
    const [old, now] = [before.facts[path], after.facts[path]];
    for (const [aspect, was, is] of aspects(old, now)) {
      changes.push({
        kind: "file",
        name: path,
        aspect,
        ...of,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      });
    }
    if (changes.length >= changeLimit) break;
  }
  return changes;
}

function aspects(
  before: FileFact | undefined,
  after: FileFact | undefined,
): [FileAspect, string | undefined, string | undefined][] {
  if (!before) return [["added", undefined, undefined]];
  if (!after) return [["removed", undefined, undefined]];
  const changed: [FileAspect, string | undefined, string | undefined][] = [];
  const [[type, mode], [newType, newMode]] = [split(before[0]), split(after[0])];
  if (type !== newType) return [["type", type, newType]];
  if (before[2] !== after[2]) changed.push([type === "l" ? "link target" : "content", before[2], after[2]]);
  if (mode !== newMode) changed.push(["mode", mode, newMode]);
  if (before[1] !== after[1]) changed.push(["owner", before[1], after[1]]);
  return changed;
}

function split(attributes: string): [type: string, mode: string] {
  return [attributes.slice(0, 1), attributes.slice(1)];
}

/** The lowest layer that differs is the cause; those above it follow. */
function compareLayers(before: LayerStack, after: LayerStack, of: { of?: string }): KeyChange[] {
  const [old, now] = [before.base, after.base];
  if (old?.name !== now?.name || old?.chain !== now?.chain) {
    const isSame = old?.name === now?.name;
    const shown = (base: LayerStack["base"]) =>
      base === undefined ? "scratch" : isSame ? base.digest : `${base.name}@${base.digest}`;
    return [{ kind: "base", name: now?.name ?? "scratch", ...of, before: shown(old), after: shown(now) }];
  }
  const length = Math.max(before.own.length, after.own.length);
  for (let index = 0; index < length; index++) {
    const [was, is] = [before.own[index], after.own[index]];
    if (was?.diffId === is?.diffId) continue;
    return [
      {
        kind: "step",
        name: is?.cause ?? was?.cause ?? "",
        ...of,
        ...(was && { before: was.diffId }),
        ...(is && { after: is.diffId }),
      },
    ];
  }
  return [];
}
