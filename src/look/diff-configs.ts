import type { ImageConfig } from "../oci/mod.ts";

/** One line of a config: `Env PATH`, `Label maintainer`, `Entrypoint`. Absent values are not there. */
export interface FieldChange {
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

/** What differs between two configs, line by line. What only tells how the image was made (history, layers) is left out. */
export function diffConfigs(
  from: ImageConfig,
  to: ImageConfig,
  options: { readonly times?: boolean } = {},
): FieldChange[] {
  const [before, after] = [fieldsOf(from, options), fieldsOf(to, options)];
  const changes: FieldChange[] = [];
  for (const field of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(field), after.get(field)];
    if (a === b) continue;
    changes.push({ field, ...(a !== undefined && { from: a }), ...(b !== undefined && { to: b }) });
  }
  return changes;
}

/** Of the image, in docker's words. */
const imageFields = ["architecture", "os", "variant", "os.version", "os.features", "author"];
/** Singular, where each entry is a line of its own. */
const singular: Readonly<Record<string, string>> = {
  Labels: "Label",
  ExposedPorts: "Port",
  Volumes: "Volume",
};

function fieldsOf(config: ImageConfig, { times }: { readonly times?: boolean }): Map<string, string> {
  const fields = new Map<string, string>();
  for (const name of times ? [...imageFields, "created"] : imageFields) put(fields, name, config[name]);
  for (const [name, value] of Object.entries(config.config ?? {})) {
    const one = singular[name];
    if (name === "Env" && Array.isArray(value)) putVariables(fields, value);
    else if (one !== undefined && typeof value === "object" && value !== null) {
      for (const [key, text] of Object.entries(value)) fields.set(`${one} ${key}`, textOf(text));
    } else put(fields, name, value);
  }
  return fields;
}

function putVariables(fields: Map<string, string>, variables: readonly unknown[]): void {
  for (const variable of variables) {
    const text = String(variable);
    const at = text.indexOf("=");
    fields.set(`Env ${at < 0 ? text : text.slice(0, at)}`, at < 0 ? "" : text.slice(at + 1));
  }
}

/** What is empty is as good as not there: builders differ in what they write. */
function put(fields: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined || value === null || value === "" || value === false) return;
  if (Array.isArray(value) && value.length === 0) return;
  fields.set(name, textOf(value));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(sorted(value));
}

/** The order of keys is no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
