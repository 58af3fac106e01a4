import type { ImageAnnotation, ImageShape } from "../../build/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import { usage } from "../flags.ts";

/** The fields of one `--output`, read as Go's programs read them. */
export class OutputFields {
  readonly #type: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor(type: string, values: ReadonlyMap<string, string>) {
    this.#type = type;
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value !== "") return value;
    throw usage(`${JSON.stringify(name)} of --output type=${this.#type} is empty`, "build");
  }

  list(name: string): string[] | undefined {
    return this.text(name)?.split(",");
  }

  /** As Go's programs read them; the empty text is yes. */
  boolean(name: string): boolean | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (/^(1|t|true|)$/i.test(value)) return true;
    if (/^(0|f|false)$/i.test(value)) return false;
    throw usage(
      `${JSON.stringify(name)} of --output type=${this.#type} is true or false, not ${JSON.stringify(value)}`,
      "build",
    );
  }
}

/** What the fields say of how the image is written down. @throws KasaneError `usage` */
export function shapeOf(fields: OutputFields, annotations: readonly ImageAnnotation[]): Partial<ImageShape> {
  const isOci = fields.boolean("oci-mediatypes");
  const compression = fields.text("compression");
  const force = fields.boolean("force-compression");
  const level = fields.text("compression-level");
  return {
    ...(isOci !== undefined && { mediaTypes: isOci ? "oci" : "docker" }),
    ...(compression !== undefined && { compression: parseCompression(compression) }),
    ...(level !== undefined && { compressionLevel: parseLevel(level) }),
    ...(force !== undefined && { forceCompression: force }),
    ...(annotations.length > 0 && { annotations }),
  };
}

/** @throws KasaneError `usage` */
export function parseCompression(text: string): ImageShape["compression"] {
  if (text === "gzip" || text === "zstd") return text;
  if (text === "uncompressed" || text === "none") return "none";
  throw usage(`unknown compression ${JSON.stringify(text)}: gzip, zstd or uncompressed`, "build");
}

/** @throws KasaneError `usage` for a level that the compression does not have */
export function checkLevel(compression: ImageShape["compression"], level: number): void {
  const highest = { gzip: 9, zstd: 19, none: 0 }[compression];
  if (highest > 0 && Number.isInteger(level) && level >= 1 && level <= highest) return;
  throw new KasaneError("usage", `${compression} has no compression level ${level}`, {
    hint: highest === 0 ? "leave the level out" : `use a level from 1 to ${highest}`,
  });
}

function parseLevel(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw usage(`invalid compression level ${JSON.stringify(text)}`, "build");
}
