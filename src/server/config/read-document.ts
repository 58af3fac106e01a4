import { isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import { repeatedKey } from "./yaml-lines.ts";

/** What can stand in a configuration before anything is known about its keys. */
export type Document = Record<string, unknown>;

const limitBytes = 1024 * 1024;

/** @throws KasaneError `invalid-config`, `not-found`, `io` */
export async function readDocument(path: string): Promise<{ text: string; document: Document }> {
  const file = Bun.file(path);
  let text: string;
  try {
    if (file.size > limitBytes) {
      throw new KasaneError(
        "invalid-config",
        `${path}: larger than the ${limitBytes} bytes a configuration may have`,
        { hint: "is this the file you meant?" },
      );
    }
    text = await file.text();
  } catch (error) {
    if (isKasaneError(error)) throw error;
    const isMissing = (error as { code?: string }).code === "ENOENT";
    throw new KasaneError(
      isMissing ? "not-found" : "io",
      `cannot read the configuration ${path}: ${isMissing ? "there is no such file" : messageOf(error)}`,
      {
        hint: "name a YAML file that this user may read, or none for a registry of this machine alone",
        cause: error,
      },
    );
  }
  return { text, document: parseDocument(text, path) };
}

/** @throws KasaneError `invalid-config` */
function parseDocument(text: string, name: string): Document {
  let value: unknown;
  try {
    value = Bun.YAML.parse(text);
  } catch (error) {
    const reason = messageOf(error).replace(/^YAML Parse error: /, "");
    throw new KasaneError("invalid-config", `${name}:${firstBadLine(text)}: not YAML: ${reason}`, {
      hint: "check indentation, quotes and colons there",
      cause: error,
    });
  }
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) {
    const repeated = repeatedKey(text);
    if (repeated === undefined) return value as Document;
    throw new KasaneError(
      "invalid-config",
      `${name}:${repeated.line}: ${repeated.key} is here for the second time, first in line ${repeated.firstLine}`,
      { hint: "put everything below one of them" },
    );
  }
  throw new KasaneError("invalid-config", `${name}: a configuration is one document of keys and values`, {
    hint: "begin with `version: 0.1`",
  });
}

/** The parser does not say where it stopped: the first line after the longest beginning that can be read. */
function firstBadLine(text: string): number {
  const lines = text.split("\n");
  for (let count = lines.length - 1; count > 0; count--) {
    try {
      Bun.YAML.parse(lines.slice(0, count).join("\n"));
      return count + 1;
    } catch {}
  }
  return 1;
}
