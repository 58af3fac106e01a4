import { didYouMean, KasaneError, messageOf } from "../../lib/mod.ts";
import { type KeyNode, keyTree, variablePart } from "./key-tree.ts";
import type { Document } from "./read-document.ts";

type Container = Record<string, unknown> | unknown[];

/** A variable that sets something: the path it sets, and its value as it was written. */
export interface Override {
  readonly variable: string;
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Names that mean something else: Kubernetes names services so, clients their file of logins, and one tells where the configuration is. */
const foreign = /^REGISTRY_(?:PORT(?:_|$)|SERVICE(?:_|$)|AUTH_FILE$|CONFIGURATION_PATH$)/;

/**
 * Puts REGISTRY_ variables into the document, as distribution does it: `REGISTRY_HTTP_TLS_KEY` is `http.tls.key`, numbers are positions in
 * lists, values are YAML, and the shorter name goes first so that `REGISTRY_AUTH=htpasswd` does not undo `REGISTRY_AUTH_HTPASSWD_PATH`.
 * @throws KasaneError `invalid-config` for a variable below a section that exists and a key that does not
 */
export function applyEnvironment(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
): { overrides: Override[]; warnings: string[] } {
  const overrides: Override[] = [];
  const warnings: string[] = [];
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable];
    if (text === undefined || !variable.startsWith("REGISTRY_") || foreign.test(variable)) continue;
    const parts = variable.slice("REGISTRY_".length).split("_");
    const root = childFor(keyTree(), parts[0]!);
    if (root === undefined) {
      const near = didYouMean(parts[0]!, [...keyTree().children.keys()].map(variablePart));
      warnings.push(`${variable} is not a setting, and is ignored${near ? `: ${near}` : ""}`);
      continue;
    }
    const path = set(document, { variable, parts, text });
    overrides.push({ variable, path, text });
  }
  return { overrides, warnings };
}

function childFor(node: KeyNode, part: string): { name: string; node: KeyNode } | undefined {
  const found = [...node.children].find(([name]) => variablePart(name) === part.toUpperCase());
  return found && { name: found[0], node: found[1] };
}

/** Walks down, making what is not there, and sets the value. Returns the path. */
function set(
  document: Document,
  { variable, parts, text }: { variable: string; parts: string[]; text: string },
) {
  const path: (string | number)[] = [];
  let node: KeyNode | undefined = keyTree();
  let container: Container = document;
  for (const [index, part] of parts.entries()) {
    const step = stepFor(container, node, { part, variable });
    path.push(step.at);
    if (index === parts.length - 1) {
      (container as Document)[step.at] = readPayload(text, variable, step.node);
      break;
    }
    const existing: unknown = (container as Document)[step.at];
    // A name alone stands for its section: `auth: htpasswd`.
    const isContainer = typeof existing === "object" && existing !== null;
    const next: Container = isContainer ? (existing as Container) : emptyFor(existing, parts[index + 1]!);
    (container as Document)[step.at] = next;
    container = next;
    node = step.node;
  }
  return path;
}

function emptyFor(existing: unknown, nextPart: string): Container {
  if (typeof existing === "string") return { [existing]: {} };
  return /^\d+$/.test(nextPart) ? [] : {};
}

function stepFor(
  container: Container,
  node: KeyNode | undefined,
  { part, variable }: { part: string; variable: string },
): { at: string | number; node: KeyNode | undefined } {
  if (Array.isArray(container)) {
    const at = Number(part);
    if (!/^\d+$/.test(part) || at > container.length) {
      throw bad(
        variable,
        `${part} is no position in a list of ${container.length}`,
        "positions begin with 0 and leave none out",
      );
    }
    return { at, node: node?.item };
  }
  const child = node && childFor(node, part);
  if (child) return { at: child.name, node: child.node };
  // Below a section without meaning, or in a map of free names, anything goes.
  if (node === undefined || node.key !== undefined || node.item !== undefined) {
    const existing = Object.keys(container).find((name) => name.toUpperCase() === part.toUpperCase());
    return { at: existing ?? part.toLowerCase(), node: undefined };
  }
  throw bad(
    variable,
    `there is no key ${part.toLowerCase()}`,
    didYouMean(part, [...node.children.keys()].map(variablePart)),
  );
}

function readPayload(text: string, variable: string, node: KeyNode | undefined): unknown {
  // A password may begin with what is a sign to YAML.
  if (node?.key?.kind === "text") return unquoted(text);
  try {
    return Bun.YAML.parse(text) ?? null;
  } catch (error) {
    throw bad(variable, `the value is not YAML: ${messageOf(error)}`);
  }
}

function unquoted(text: string): string {
  if (!/^(".*"|'.*')$/s.test(text)) return text;
  try {
    return String(Bun.YAML.parse(text));
  } catch {
    return text;
  }
}

function bad(variable: string, reason: string, hint?: string): KasaneError {
  return new KasaneError("invalid-config", `${variable}: ${reason}`, hint ? { hint } : {});
}
