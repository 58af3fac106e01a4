import {
  type BuildOutline,
  type BuildTarget,
  buildOutline,
  buildTargets,
  type CheckedBuild,
} from "../../build/mod.ts";
import type { SourceRange } from "../../dockerfile/mod.ts";
import type { Terminal } from "../terminal.ts";
import { visibleLine } from "../text/visible.ts";
import type { BuildCall } from "./build-flags.ts";

/** The answers to `--call outline` and `targets`, as buildx prints them. */
export function tellCall(
  terminal: Terminal,
  { method, isJson }: BuildCall,
  { dockerfile, bytes, plan }: CheckedBuild,
  buildArgs: Readonly<Record<string, string>>,
): void {
  const source = Buffer.from(bytes).toString("base64");
  if (method === "targets") {
    const targets = buildTargets(dockerfile);
    const value = { targets: targets.map(targetJson), sources: [source] };
    terminal.out(isJson ? `${JSON.stringify(value, undefined, 2)}\n` : targetsText(targets));
    return;
  }
  const outline = buildOutline(dockerfile, plan!, buildArgs);
  const value = { ...outlineJson(outline), sources: [source] };
  terminal.out(isJson ? `${JSON.stringify(value, undefined, 2)}\n` : outlineText(outline));
}

function targetsText(targets: readonly BuildTarget[]): string {
  const rows = targets.map(({ name, isDefault, description }) => [
    isDefault ? `${name} (default)`.trim() : name,
    description,
  ]);
  return table([["TARGET", "DESCRIPTION"], ...rows], 2);
}

function outlineText({ name, description, args, secrets, ssh, caches }: BuildOutline): string {
  const head = [
    ["TARGET:", name || "(default)"],
    ...(description === "" ? [] : [["DESCRIPTION:", description]]),
  ];
  const required = (entries: BuildOutline["secrets"]) =>
    entries.map((entry) => [entry.name, entry.required ? "true" : ""]);
  const tables: string[][][] = [
    [["BUILD ARG", "VALUE", "DESCRIPTION"], ...args.map((arg) => [arg.name, arg.value, arg.description])],
    [["SECRET", "REQUIRED"], ...required(secrets)],
    [["SSH", "REQUIRED"], ...required(ssh)],
    [["CACHE MOUNT"], ...caches.map((cache) => [cache.name])],
  ];
  const filled = tables.filter((rows) => rows.length > 1).map((rows) => table(rows, 3));
  return [...(name || description ? [table(head, 1)] : []), ...filled].join("\n");
}

/** Columns as wide as their widest cell, and `gap` blanks between them. */
function table(rows: readonly (readonly string[])[], gap: number): string {
  const cells = rows.map((row) => row.map(visibleLine));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column]!))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat(widths[column]! + gap - Bun.stringWidth(cell)),
      )
      .join("");
  return `${cells.map(line).join("\n")}\n`;
}

function targetJson({ name, isDefault, description, base, platform, range }: BuildTarget) {
  return {
    ...(name && { name }),
    ...(isDefault && { default: true }),
    ...(description && { description }),
    ...(base && { base }),
    ...(platform && { platform }),
    location: locationOf(range),
  };
}

function outlineJson({ name, description, args, secrets, ssh, caches }: BuildOutline) {
  const entry = (one: { name: string; required?: boolean; range: SourceRange }) => ({
    name: one.name,
    ...(one.required && { required: true }),
    location: locationOf(one.range),
  });
  return {
    ...(name && { name }),
    ...(description && { description }),
    ...(args.length > 0 && {
      args: args.map((arg) => ({
        name: arg.name,
        ...(arg.description && { description: arg.description }),
        ...(arg.value && { value: arg.value }),
        location: locationOf(arg.range),
      })),
    }),
    ...(secrets.length > 0 && { secrets: secrets.map(entry) }),
    ...(ssh.length > 0 && { ssh: ssh.map(entry) }),
    ...(caches.length > 0 && {
      cache: caches.map((one) => ({ id: one.name, location: locationOf(one.range) })),
    }),
  };
}

function locationOf({ startLine, endLine }: SourceRange) {
  return { ranges: [{ start: { line: startLine }, end: { line: endLine } }] };
}
