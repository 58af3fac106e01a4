import type { ImageAnnotation, ImageShape } from "../../build/mod.ts";
import { splitCsv } from "../../dockerfile/mod.ts";
import { didYouMean, type KasaneError, messageOf } from "../../lib/mod.ts";
import { usage } from "../flags.ts";
import { OutputFields, shapeOf } from "./output-fields.ts";
import { annotationField } from "./parse-annotation.ts";

/** One `--output`, understood. `names` are as they were typed; absent: those of `--tag`. */
export type OutputSpec =
  | {
      readonly kind: "image";
      readonly names?: readonly string[];
      readonly push: boolean;
      readonly byDigest: boolean;
      /** Whether the store gets it. */
      readonly store: boolean;
      readonly insecure: boolean;
      readonly shape: Partial<ImageShape>;
    }
  | {
      readonly kind: "archive";
      readonly format: "oci" | "docker";
      readonly names?: readonly string[];
      /** A file; absent: standard output. */
      readonly path?: string;
      readonly shape: Partial<ImageShape>;
    }
  | {
      readonly kind: "layout";
      readonly names?: readonly string[];
      /** What the image is called there; absent: the tags of its names. */
      readonly refs?: readonly string[];
      readonly directory: string;
      readonly shape: Partial<ImageShape>;
    }
  | { readonly kind: "dir"; readonly directory: string }
  | { readonly kind: "tar"; readonly path?: string; readonly platformSplit?: boolean }
  | {
      readonly kind: "local";
      readonly directory: string;
      readonly mode: "copy" | "delete";
      readonly platformSplit?: boolean;
    };

const types = ["image", "registry", "oci", "docker", "tar", "local", "cacheonly"] as const;
type OutputType = (typeof types)[number];

const shapeFields = [
  "oci-mediatypes",
  "compression",
  "compression-level",
  "force-compression",
  "rewrite-timestamp",
];
/** BuildKit's fields that mean something else there, or nothing here: layers are unpacked when something needs them so. */
const withoutEffect = ["unpack", "name-canonical"];
const fieldsOf: Readonly<Record<OutputType, readonly string[]>> = {
  image: ["name", "push", "push-by-digest", "store", "registry.insecure", ...shapeFields, ...withoutEffect],
  registry: [
    "name",
    "push",
    "push-by-digest",
    "store",
    "registry.insecure",
    ...shapeFields,
    ...withoutEffect,
  ],
  oci: ["dest", "name", "tar", ...shapeFields],
  docker: ["dest", "name", "tar", ...shapeFields],
  tar: ["dest", "platform-split"],
  local: ["dest", "mode", "platform-split"],
  cacheonly: [],
};

/** What an output says that holds for the whole build. */
export interface BuildWide {
  readonly rewriteTimestamp?: boolean;
}

/**
 * `DIR`, `-` (a tar on standard output) or `type=…,KEY=VALUE`, as docker's command line has them.
 * @throws KasaneError `usage`, before anything is built
 */
export function parseOutput(text: string): OutputSpec & BuildWide {
  if (text === "-") return { kind: "tar" };
  const fields = readFields(text);
  const type = fields.get("type") ?? "";
  if (!(types as readonly string[]).includes(type)) {
    throw usage(`unknown type ${JSON.stringify(type)} of --output: ${types.join(", ")}`, "build", {
      hint: didYouMean(type, types),
    });
  }
  const known = type as OutputType;
  const values = new OutputFields(known, fields);
  const annotations: ImageAnnotation[] = [];
  for (const [field, value] of fields) {
    if (field === "type" || fieldsOf[known].includes(field)) continue;
    const isImage = known !== "tar" && known !== "local" && known !== "cacheonly";
    const annotation = isImage ? annotationField(field, value) : undefined;
    if (!annotation) throw unknownField(field, known);
    annotations.push(annotation);
  }
  const spec = specOf(known, values, annotations);
  const rewriteTimestamp = values.boolean("rewrite-timestamp");
  return rewriteTimestamp === undefined ? spec : { ...spec, rewriteTimestamp };
}

function specOf(type: OutputType, fields: OutputFields, annotations: readonly ImageAnnotation[]): OutputSpec {
  const names = fields.list("name");
  const named = names && { names };
  switch (type) {
    case "image":
    case "registry": {
      const byDigest = fields.boolean("push-by-digest") ?? false;
      return {
        kind: "image",
        ...named,
        push: fields.boolean("push") ?? (type === "registry" || byDigest),
        byDigest,
        store: fields.boolean("store") ?? true,
        insecure: fields.boolean("registry.insecure") ?? false,
        shape: shapeOf(fields, annotations),
      };
    }
    case "cacheonly":
      return { kind: "image", push: false, byDigest: false, store: false, insecure: false, shape: {} };
    case "oci":
    case "docker":
      return fileSpec(type, fields, { ...named, shape: shapeOf(fields, annotations) });
    case "tar":
      return { kind: "tar", ...pathOf(fields.text("dest")), ...split(fields) };
    case "local": {
      const directory = fields.text("dest");
      if (directory === undefined || directory === "-") {
        throw usage("--output type=local needs a directory: dest=DIR", "build");
      }
      const mode = fields.text("mode") ?? "copy";
      if (mode !== "copy" && mode !== "delete") {
        throw usage(`unknown mode ${JSON.stringify(mode)} of --output: copy or delete`, "build");
      }
      return { kind: "local", directory, mode, ...split(fields) };
    }
  }
}

function fileSpec(
  type: "oci" | "docker",
  fields: OutputFields,
  common: { names?: readonly string[]; shape: Partial<ImageShape> },
): OutputSpec {
  const path = fields.text("dest");
  if (fields.boolean("tar") === false) {
    if (path === undefined || path === "-") {
      throw usage(`--output type=${type},tar=false needs a directory: dest=DIR`, "build");
    }
    return { kind: "layout", directory: path, ...common };
  }
  // As docker has it: without a file it is the local images that get it.
  if (type === "docker" && path === undefined) {
    return { kind: "image", push: false, byDigest: false, store: true, insecure: false, ...common };
  }
  return { kind: "archive", format: type, ...common, ...pathOf(path) };
}

function pathOf(dest: string | undefined): { path?: string } {
  return dest === undefined || dest === "-" ? {} : { path: dest };
}

function split(fields: OutputFields): { platformSplit?: boolean } {
  const platformSplit = fields.boolean("platform-split");
  return platformSplit === undefined ? {} : { platformSplit };
}

function readFields(text: string): Map<string, string> {
  let parts: string[];
  try {
    parts = splitCsv(text);
  } catch (error) {
    throw usage(`invalid value of --output: ${messageOf(error)}`, "build");
  }
  if (parts.length === 1 && !parts[0]!.startsWith("type=")) {
    return new Map([
      ["type", "local"],
      ["dest", parts[0]!],
    ]);
  }
  const fields = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    if (equals < 1) {
      throw usage(`invalid value of --output: ${JSON.stringify(part)} is not KEY=VALUE`, "build");
    }
    const key = part.slice(0, equals).trim();
    // The keys of annotations are the user's.
    const isAnnotation = key.startsWith("annotation");
    fields.set(isAnnotation ? key : key.toLowerCase(), part.slice(equals + 1));
  }
  return fields;
}

function unknownField(field: string, type: OutputType): KasaneError {
  return usage(
    `--output type=${type} has no ${JSON.stringify(field)}: ${fieldsOf[type].join(", ")}`,
    "build",
    { hint: didYouMean(field, fieldsOf[type]) },
  );
}
