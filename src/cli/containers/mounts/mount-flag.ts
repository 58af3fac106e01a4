import { resolve } from "node:path";
import type { MountRequest } from "../../../container/mod.ts";
import { parseByteSize, splitCsv } from "../../../dockerfile/mod.ts";
import { KasaneError, messageOf } from "../../../lib/mod.ts";
import type { Propagation } from "../../../sandbox/mod.ts";
import { mountTarget, notAbsolute } from "./mount-target.ts";

const names: Readonly<Record<string, string>> = {
  type: "type",
  ...{ source: "source", src: "source" },
  ...{ target: "target", dst: "target", dest: "target", destination: "target" },
  ...{ readonly: "readonly", ro: "readonly", rw: "readwrite", readwrite: "readwrite" },
  ...{
    consistency: "consistency",
    U: "chown",
    chown: "chown",
    z: "relabel",
    Z: "relabel",
    relabel: "relabel",
  },
  ...{ "bind-propagation": "bind-propagation", "bind-nonrecursive": "bind-nonrecursive" },
  ...{ "bind-recursive": "bind-recursive", "bind-create-src": "bind-create-src" },
  ...{
    "volume-nocopy": "volume-nocopy",
    "volume-subpath": "volume-subpath",
    "volume-driver": "volume-driver",
  },
  ...{ "volume-label": "volume-label", "volume-opt": "volume-opt" },
  ...{ "tmpfs-size": "tmpfs-size", "tmpfs-mode": "tmpfs-mode" },
};
const switches = [
  "readonly",
  "readwrite",
  "bind-nonrecursive",
  "bind-create-src",
  "volume-nocopy",
  "chown",
  "relabel",
];
const propagations = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];

/**
 * `--mount type=bind|volume|tmpfs|image,…` in docker's grammar, with podman's `image`, `chown` and short names.
 * @throws KasaneError `usage` in docker's words
 */
export function parseMountFlag(text: string, directory: string): MountRequest {
  const fields = new Fields(text);
  const type = (fields.get("type") ?? "volume").toLowerCase();
  const written = fields.get("target");
  if (!written) throw fields.invalid("target is required");
  for (const kind of ["bind", "volume", "tmpfs"]) {
    if (kind !== type && fields.hasAny(`${kind}-`))
      throw fields.invalid(`cannot mix '${kind}-*' options with mount type '${type}'`);
  }
  if (!["bind", "volume", "tmpfs", "image"].includes(type)) {
    throw config(type, "mount type unknown", "the types are bind, volume, tmpfs and image");
  }
  const target = mountTarget(written, type);
  const source = fields.get("source");
  const readOnly = fields.flag("readonly") && !fields.flag("readwrite");
  const value = (more: object = {}) => ({
    Type: type,
    ...(source && { Source: source }),
    Target: written,
    ...(readOnly && { ReadOnly: true }),
    ...(fields.get("consistency") && { Consistency: fields.get("consistency") }),
    ...more,
  });
  const giveToUser = fields.flag("chown") && ({ giveToUser: true } as const);
  if (type === "bind") return bind(fields, { source, target, readOnly, directory, giveToUser, value });
  if (type === "volume") return volume(fields, { source, target, readOnly, giveToUser, value });
  if (type === "image") {
    if (!source) throw config(type, "field Source must not be empty", "name an image with source=");
    return { kind: "image", image: source, target, asked: { by: "mount", value: value() } };
  }
  if (source) throw config(type, "field Source must not be specified", "a tmpfs begins empty");
  return tmpfs(fields, { target, readOnly, value });
}

interface Known {
  readonly source?: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  readonly giveToUser?: false | { giveToUser: true };
  readonly value: (more?: object) => Record<string, unknown>;
}

function bind(fields: Fields, known: Known & { directory: string }): MountRequest {
  const { source, target, readOnly, giveToUser, value, directory } = known;
  if (!source) throw config("bind", "field Source must not be empty", "name a path with source=");
  const propagation = fields.get("bind-propagation");
  if (propagation !== undefined && !propagations.includes(propagation)) {
    throw config("bind", `invalid propagation mode: ${propagation}`, `one of ${propagations.join(", ")}`);
  }
  const recursive = fields.get("bind-recursive");
  if (recursive !== undefined && !["enabled", "disabled", "writable", "readonly"].includes(recursive)) {
    throw fields.invalid(`invalid value for bind-recursive: ${recursive}`);
  }
  const nonRecursive = fields.flag("bind-nonrecursive") || recursive === "disabled";
  const options = {
    ...(propagation && { Propagation: propagation }),
    ...(nonRecursive && { NonRecursive: true }),
  };
  const how = propagation?.replace(/^r/, "") as Propagation | undefined;
  // As in docker's newer clients; its daemon knows absolute paths alone.
  const absolute = source.startsWith(".") ? resolve(directory, source) : source;
  if (!absolute.startsWith("/")) {
    throw notAbsolute(source, "bind", "write /PATH or ./PATH");
  }
  return {
    ...{ kind: "bind", source: resolve(absolute), target, readOnly, ...giveToUser },
    createSource: fields.flag("bind-create-src"),
    ...(how && how !== "private" && { propagation: how }),
    ...(nonRecursive && { nonRecursive }),
    asked: {
      by: "mount",
      value: { ...value(Object.keys(options).length > 0 ? { BindOptions: options } : {}), Source: absolute },
    },
  };
}

function volume(fields: Fields, { source, target, readOnly, giveToUser, value }: Known): MountRequest {
  const driver = fields.get("volume-driver");
  if (driver && driver !== "local") {
    throw new KasaneError(
      "usage",
      `error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
      {
        hint: "the only driver is local",
      },
    );
  }
  if (readOnly && !source) {
    throw config(
      "volume",
      "must not set ReadOnly mode when using anonymous volumes",
      "name the volume with source=",
    );
  }
  const noCopy = fields.flag("volume-nocopy");
  const subpath = fields.get("volume-subpath");
  if (subpath !== undefined && (subpath.startsWith("/") || subpath.split("/").includes(".."))) {
    throw fields.invalid(`invalid value for volume-subpath: ${subpath}`);
  }
  const labels = fields.pairs("volume-label");
  const options = fields.pairs("volume-opt");
  const hasDriver = driver !== undefined || options !== undefined;
  const all = {
    ...(noCopy && { NoCopy: true }),
    ...(labels && { Labels: labels }),
    ...(subpath && { Subpath: subpath }),
    ...((noCopy || labels || hasDriver) && {
      DriverConfig: { ...(driver && { Name: driver }), ...(options && { Options: options }) },
    }),
  };
  return {
    ...{ kind: "volume", target, readOnly, ...giveToUser },
    ...(source && { name: source }),
    ...(noCopy && { noCopy }),
    ...(subpath && { subpath }),
    ...(labels && { labels }),
    ...(options && { options }),
    asked: { by: "mount", value: value(Object.keys(all).length > 0 ? { VolumeOptions: all } : {}) },
  };
}

function tmpfs(fields: Fields, { target, readOnly, value }: Known): MountRequest {
  const [size, mode] = [fields.get("tmpfs-size"), fields.get("tmpfs-mode")];
  const sizeBytes = size === undefined ? undefined : parseByteSize(size);
  if (size !== undefined && sizeBytes === undefined)
    throw fields.invalid(`invalid value for tmpfs-size: ${size}`);
  if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode))
    throw fields.invalid(`invalid value for tmpfs-mode: ${mode}`);
  const bits = mode === undefined ? undefined : Number.parseInt(mode, 8);
  const options = { ...(sizeBytes && { SizeBytes: sizeBytes }), ...(bits && { Mode: bits }) };
  return {
    ...{ kind: "tmpfs", target },
    ...(sizeBytes && { sizeBytes }),
    ...(bits !== undefined && { mode: bits }),
    flags: { readOnly, noExecute: true },
    asked: { by: "mount", value: value(Object.keys(options).length > 0 ? { TmpfsOptions: options } : {}) },
  };
}

/** The fields of one --mount by their first names. */
class Fields {
  readonly #text: string;
  readonly #values = new Map<string, string[]>();

  constructor(text: string) {
    this.#text = text;
    for (const field of this.#split()) {
      const [written = "", value] = field.split(/=(.*)/s);
      const name = names[written] ?? names[written.toLowerCase()];
      const isSwitch = name !== undefined && switches.includes(name);
      if (value === undefined && !isSwitch)
        throw this.invalid(`invalid field '${field}' must be a key=value pair`);
      if (name === undefined) throw this.invalid(`unexpected key '${written}' in '${field}'`);
      this.#values.set(name, [...(this.#values.get(name) ?? []), value ?? "true"]);
    }
  }

  #split(): string[] {
    try {
      return splitCsv(this.#text);
    } catch (error) {
      throw this.invalid(messageOf(error));
    }
  }

  /** The last one wins. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  hasAny(prefix: string): boolean {
    return [...this.#values.keys()].some((name) => name.startsWith(prefix));
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (value === undefined) return false;
    if (/^(1|t|true)$/i.test(value)) return true;
    if (/^(0|f|false)$/i.test(value)) return false;
    throw this.invalid(`invalid value for ${name}: ${value}`);
  }

  pairs(name: string): Record<string, string> | undefined {
    const values = this.#values.get(name);
    return (
      values &&
      Object.fromEntries(
        values.map((value) => {
          const [key = "", text = ""] = value.split(/=(.*)/s);
          return [key, text];
        }),
      )
    );
  }

  invalid(why: string): KasaneError {
    return new KasaneError(
      "usage",
      `invalid argument ${JSON.stringify(this.#text)} for "--mount" flag: ${why}`,
      {
        hint: "for example type=bind,src=/PATH,dst=/PATH,ro or type=volume,src=NAME,dst=/PATH or type=tmpfs,dst=/PATH",
        data: { exitCode: 125 },
      },
    );
  }
}

function config(type: string, why: string, hint: string): KasaneError {
  return new KasaneError("usage", `invalid mount config for type ${JSON.stringify(type)}: ${why}`, { hint });
}
