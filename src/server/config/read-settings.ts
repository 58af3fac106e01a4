import { readFileSync } from "node:fs";
import { didYouMean, messageOf } from "../../lib/mod.ts";
import { applyEnvironment, type Override } from "./apply-environment.ts";
import { configError } from "./config-error.ts";
import { readValue } from "./config-value.ts";
import { type KeyNode, keyTree } from "./key-tree.ts";
import type { Document } from "./read-document.ts";
import { Settings } from "./settings.ts";
import { lineOf, scalarAt } from "./yaml-lines.ts";

type Path = readonly (string | number)[];

interface Reading {
  readonly values: Map<string, unknown>;
  readonly warnings: string[];
  place(path: Path): string;
  /** The value as it was written, for a text that YAML takes for something else. */
  text(path: Path): string | undefined;
}

/**
 * Reads a document and the variables that change it after the table of keys.
 * @throws KasaneError `invalid-config` naming the place, the key and what was expected
 */
export function readSettings(
  source: { document: Document; text: string; name: string },
  env: Readonly<Record<string, string | undefined>>,
): { settings: Settings; warnings: string[] } {
  const document = structuredClone(source.document);
  const { env: variables, files } = withoutFiles(env);
  const { overrides, warnings } = applyEnvironment(document, { ...variables, ...files });
  const overrideOf = (path: Path) => longestOverride(overrides, path);
  const reading: Reading = {
    values: new Map(),
    warnings,
    place(path) {
      const override =
        overrideOf(path) ?? (isIn(source.document, path) ? undefined : overrideBelow(overrides, path));
      return override?.variable ?? `${source.name}:${lineOf(source.text, path)}`;
    },
    text(path) {
      const override = overrideOf(path);
      if (override === undefined) return scalarAt(source.text, path);
      return override.path.length === path.length ? override.text : undefined;
    },
  };
  readSection(document, keyTree(), [], reading);
  const settings = new Settings(reading.values, (path) => reading.place(path.split(".").map(numbered)));
  return { settings, warnings };
}

function readSection(value: unknown, node: KeyNode, path: Path, reading: Reading): void {
  const origin = { place: "", path: path.join(".") };
  if (node.key) {
    readKey(value, node, path, reading);
    return;
  }
  if (node.item) {
    if (value === null) return;
    if (!Array.isArray(value))
      throw configError({ ...origin, place: reading.place(path) }, "expected a list of sections");
    for (const [index, item] of value.entries()) readSection(item, node.item, [...path, index], reading);
    return;
  }
  if (value === null || value === undefined) {
    // `auth: htpasswd` without a path says something all the same.
    reading.values.set(origin.path, {});
    return;
  }
  // A name alone stands for a section without anything in it: `auth: none`, `storage: inmemory`.
  const section =
    typeof value === "string" && ["auth", "storage"].includes(origin.path) ? { [value]: null } : value;
  if (typeof section !== "object" || Array.isArray(section)) {
    throw configError({ ...origin, place: reading.place(path) }, "expected a section with keys of its own");
  }
  const entries = Object.entries(section as Document);
  if (entries.length === 0) reading.values.set(origin.path, {});
  for (const [name, inside] of entries) {
    const child = node.children.get(name);
    const at = [...path, name];
    if (child === undefined) {
      const near = didYouMean(name, node.children.keys());
      throw configError(
        { place: reading.place(at), path: at.join(".") },
        "there is no such key",
        near ?? `known here: ${[...node.children.keys()].sort().join(", ")}`,
      );
    }
    readSection(inside, child, at, reading);
  }
}

function readKey(value: unknown, node: KeyNode, path: Path, reading: Reading): void {
  const key = node.key!;
  const origin = { place: reading.place(path), path: path.join(".") };
  if (key.refused) throw configError(origin, `not possible here: ${key.refused.reason}`, key.refused.hint);
  if (key.ignored) {
    reading.warnings.push(`${origin.place}: ${origin.path} has no meaning here: ${key.ignored}`);
    return;
  }
  // `key:` with nothing after it is as good as absent, but for a section whose presence says something.
  if (value === null && key.kind !== "section") return;
  if (key.kind === "duration" && typeof value === "number" && value > 0 && value < 1e6) {
    reading.warnings.push(
      `${origin.place}: ${origin.path}: ${value} is ${value} nanoseconds, write a unit after it: ${value}s`,
    );
  }
  reading.values.set(origin.path, readValue(key.kind, { value, text: reading.text(path) }, origin));
}

/** `REGISTRY_PROXY_PASSWORD_FILE=/run/secrets/p` gives what is in the file: secrets need not be in the environment. */
function withoutFiles(env: Readonly<Record<string, string | undefined>>) {
  const rest: Record<string, string | undefined> = {};
  const files: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const target = /^REGISTRY_.*_PASSWORD(?=_FILE$)/.exec(name)?.[0];
    if (target === undefined || value === undefined) rest[name] = value;
    else files[target] = readSecret(name, value);
  }
  return { env: rest, files };
}

function readSecret(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw configError({ place: variable, path }, `cannot be read: ${messageOf(error)}`);
  }
}

function longestOverride(overrides: readonly Override[], path: Path): Override | undefined {
  const covers = ({ path: set }: Override) =>
    set.length <= path.length && set.every((part, i) => part === path[i]);
  return overrides.filter(covers).sort((a, b) => b.path.length - a.path.length)[0];
}

/** A section that only variables made. */
function overrideBelow(overrides: readonly Override[], path: Path): Override | undefined {
  return overrides.find(({ path: set }) => path.every((part, index) => part === set[index]));
}

function isIn(document: unknown, path: Path): boolean {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return false;
    value = (value as Document)[part];
  }
  return true;
}

function numbered(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}
