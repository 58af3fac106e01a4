import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { errnoOf, KasaneError, messageOf, readWithin } from "../../lib/mod.ts";
import { isCdiKind } from "./device-name.ts";
import { invalidPart, invalidSpec, parseSpec } from "./parse-spec.ts";
import type { CdiDevice } from "./spec.ts";

/** What is in a later one hides what is in an earlier one. */
export const usualSpecDirectories: readonly string[] = ["/etc/cdi", "/var/run/cdi"];
const maxSpecBytes = 1024 * 1024;
const maxSpecs = 256;

interface SpecFile {
  readonly path: string;
  readonly directory: string;
  readonly kind: string;
  readonly document: unknown;
}

/** The devices that this machine's CDI specifications describe. A specification is read whole only where its kind is asked for. */
export class CdiDevices {
  readonly #specs: readonly SpecFile[];
  readonly #broken: readonly KasaneError[];

  private constructor(specs: readonly SpecFile[], broken: readonly KasaneError[]) {
    this.#specs = specs;
    this.#broken = broken;
  }

  /** @throws KasaneError `limit-exceeded`, `io` */
  static async read(directories: readonly string[] = usualSpecDirectories): Promise<CdiDevices> {
    const specs: SpecFile[] = [];
    const broken: KasaneError[] = [];
    for (const directory of new Set(directories)) {
      for (const path of await specFiles(directory)) {
        try {
          specs.push({ path, directory, ...(await readSpec(path)) });
        } catch (error) {
          if (!(error instanceof KasaneError)) throw error;
          broken.push(error);
        }
      }
    }
    return new CdiDevices(specs, broken);
  }

  kinds(): string[] {
    return [...new Set(this.#specs.map(({ kind }) => kind))].sort();
  }

  /** By name. @throws KasaneError `conflict` for a device that two files of a directory describe, `invalid-config` */
  ofKind(kind: string): CdiDevice[] {
    const found = new Map<string, { device: CdiDevice; spec: SpecFile }>();
    for (const spec of this.#specs.filter((each) => each.kind === kind)) {
      for (const device of parseSpec(spec.document, spec.path)) {
        const other = found.get(device.name)?.spec;
        if (other?.directory === spec.directory) throw conflict(device.name, other.path, spec.path);
        found.set(device.name, { device, spec });
      }
    }
    return [...found.values()].map(({ device }) => device).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws KasaneError `not-found`, and as ofKind() */
  get(name: string): CdiDevice {
    const devices = this.ofKind(name.slice(0, name.indexOf("=")));
    const device = devices.find((each) => each.name === name);
    if (device) return device;
    this.throwBroken();
    throw unresolvable(
      name,
      devices.map((each) => each.name),
    );
  }

  /** The reason why a device may be missing. @throws KasaneError `invalid-config` */
  throwBroken(): void {
    const [first] = this.#broken;
    if (first) throw first;
  }
}

async function specFiles(directory: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return [];
    throw new KasaneError("io", `cannot read the CDI specifications in ${directory}: ${messageOf(error)}`, {
      hint: "name another directory with --cdi-spec-dir",
      cause: error,
    });
  }
  const specs = names.filter((name) => [".json", ".yaml"].includes(extname(name))).sort();
  if (specs.length <= maxSpecs) return specs.map((name) => join(directory, name));
  throw new KasaneError("limit-exceeded", `${directory} has more than ${maxSpecs} CDI specifications`, {
    hint: "keep those that are needed in a directory of their own, and name it with --cdi-spec-dir",
  });
}

async function readSpec(path: string): Promise<{ kind: string; document: unknown }> {
  let document: unknown;
  try {
    if (!(await stat(path)).isFile()) throw invalidSpec(path, "it is no file");
    const bytes = await readWithin(path, maxSpecBytes);
    if (bytes === undefined) throw invalidSpec(path, `it is larger than ${maxSpecBytes} bytes`);
    const text = new TextDecoder().decode(bytes);
    document = path.endsWith(".json") ? JSON.parse(text) : Bun.YAML.parse(text);
  } catch (error) {
    if (error instanceof KasaneError) throw error;
    throw invalidSpec(path, messageOf(error));
  }
  const kind = (document as { kind?: unknown } | null)?.kind;
  if (typeof kind === "string" && isCdiKind(kind)) return { kind, document };
  throw invalidPart(path, "kind", "it is not of the form vendor.com/class");
}

function conflict(name: string, first: string, second: string): KasaneError {
  return new KasaneError("conflict", `the CDI device ${name} is in ${first} and in ${second}`, {
    hint: "take it out of one of them, or move one to a directory that is named later",
    data: { exitCode: 125 },
  });
}

function unresolvable(name: string, others: readonly string[]): KasaneError {
  return new KasaneError("not-found", `unresolvable CDI device ${name}`, {
    hint:
      others.length > 0
        ? `of its kind there are ${others.slice(0, 8).join(", ")}`
        : "its vendor's program writes a specification to /etc/cdi or /var/run/cdi; another directory: --cdi-spec-dir",
    data: { exitCode: 125 },
  });
}
