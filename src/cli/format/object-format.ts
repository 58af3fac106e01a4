import { isKasaneError } from "../../lib/errors.ts";
import type { GoType } from "../../template/mod.ts";
import { engine, orParsingError } from "./engine.ts";

/**
 * One object as `--format` asks: `json` is one line of JSON, anything else a template. No newline at the end.
 *
 * `type` is the object's Go type (see template/mod.ts), or its name alone: `types.ImageInspect` and `types.ContainerJSON` are docker's, of another
 * name it is a struct whose fields are those of the object. Where a template asks for a field that the type has not, `raw` is tried before it
 * fails: docker's `inspect` does so with the JSON it got, and so it is done with its types here.
 * @throws KasaneError `usage` for a template that is wrong: exit code 64 when it cannot be read, 1 when it fails
 */
export function formatObject(
  format: string,
  value: unknown,
  type: string | GoType,
  options: { raw?: unknown } = {},
): string {
  if (format === "json") return JSON.stringify(value);
  const template = orParsingError(() => new (engine().Template)(format), 64);
  const known = typeof type === "string" ? inspectType(type) : type;
  const raw = options.raw ?? (typeof type === "string" && known ? value : undefined);
  return orParsingError(() => {
    try {
      return template.execute(value, { type: known ?? typeOf(value, String(type)) });
    } catch (error) {
      if (!isKasaneError(error, "usage") || raw === undefined) throw error;
      return template.execute(raw, { type: engine().goRawJson, missingKey: "error" });
    }
  }, 1);
}

/**
 * For commands that change something before they have anything to print.
 * @throws KasaneError `usage` for a template that cannot be read
 */
export function checkObjectFormat(format: string | undefined): void {
  if (format !== undefined && format !== "json") orParsingError(() => new (engine().Template)(format), 64);
}

/** Loaded by those who inspect with a template. */
function inspectType(name: string): GoType | undefined {
  if (name === "types.ImageInspect") {
    return (require("./image-type.ts") as typeof import("./image-type.ts")).imageInspect;
  }
  if (name === "types.ContainerJSON") {
    return (require("./container-type.ts") as typeof import("./container-type.ts")).containerInspect;
  }
  return undefined;
}

function typeOf(value: unknown, name: string): GoType {
  const { goAny, struct } = engine();
  const names = Object.keys((value ?? {}) as object);
  return struct(name, Object.fromEntries(names.map((field) => [field, goAny])));
}
