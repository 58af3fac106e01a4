import { KasaneError } from "../../lib/mod.ts";
import { isCdiDeviceName } from "./device-name.ts";
import type { CdiDevice, ContainerEdits, EditedMount, EditedNode, Hook } from "./spec.ts";

/** Of the specification itself. */
const versions = ["0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0"];
const hookNames = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
const maxEntries = 1024;

type Fields = Readonly<Record<string, unknown>>;

/** Reads one specification. What it does not know is refused: a device would be half there without it. @throws KasaneError `invalid-config` */
export function parseSpec(document: unknown, path: string): CdiDevice[] {
  return new SpecReader(path).devices(document);
}

class SpecReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  devices(document: unknown): CdiDevice[] {
    const spec = this.#fields(document, "", [
      "cdiVersion",
      "kind",
      "annotations",
      "devices",
      "containerEdits",
    ]);
    const version = this.#text(spec.cdiVersion, "cdiVersion").replace(/^v/, "");
    if (!versions.includes(version))
      throw this.#refuse("cdiVersion", `${JSON.stringify(version)} is none of ${versions.join(", ")}`);
    const kind = this.#text(spec.kind, "kind");
    const annotations = this.#annotations(spec.annotations, "annotations");
    const commonEdits = this.#edits(spec.containerEdits ?? {}, "containerEdits");
    const devices = this.#list(spec.devices, "devices", (value, at): CdiDevice => {
      const device = this.#fields(value, at, ["name", "annotations", "containerEdits"]);
      const name = this.#text(device.name, `${at}.name`);
      if (!isCdiDeviceName(name)) throw this.#refuse(`${at}.name`, `${JSON.stringify(name)} is no name`);
      const own = this.#annotations(device.annotations, `${at}.annotations`);
      const edits = this.#edits(device.containerEdits ?? {}, `${at}.containerEdits`);
      return { name: `${kind}=${name}`, annotations: { ...annotations, ...own }, edits, commonEdits };
    });
    if (devices.length === 0) throw this.#refuse("devices", "there are none");
    const names = devices.map(({ name }) => name);
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) throw this.#refuse("devices", `${repeated} is there twice`);
    return devices;
  }

  #edits(value: unknown, at: string): ContainerEdits {
    const known = ["env", "deviceNodes", "mounts", "hooks", "additionalGids"];
    const edits = this.#fields(value, at, known);
    return {
      env: this.#env(edits.env, `${at}.env`),
      deviceNodes: this.#list(edits.deviceNodes, `${at}.deviceNodes`, (each, where) =>
        this.#node(each, where),
      ),
      mounts: this.#list(edits.mounts, `${at}.mounts`, (each, where) => this.#mount(each, where)),
      hooks: this.#list(edits.hooks, `${at}.hooks`, (each, where) => this.#hook(each, where)),
      additionalGids: this.#list(edits.additionalGids, `${at}.additionalGids`, (each, where) =>
        this.#number(each, where),
      ),
    };
  }

  #node(value: unknown, at: string): EditedNode {
    const keys = [
      "path",
      "hostPath",
      "type",
      "major",
      "minor",
      "fileMode",
      "permissions",
      "uid",
      "gid",
    ] as const;
    const node = this.#fields(value, at, keys);
    const path = this.#absolute(node.path, `${at}.path`);
    const type = this.#text(node.type ?? "", `${at}.type`);
    if (!/^[bcu]?$/.test(type))
      throw this.#refuse(`${at}.type`, `${JSON.stringify(type)} is neither b nor c`);
    const permissions = this.#text(node.permissions ?? "rwm", `${at}.permissions`);
    if (!/^[rwm]{1,3}$/.test(permissions))
      throw this.#refuse(`${at}.permissions`, `${JSON.stringify(permissions)} is not made of r, w and m`);
    const numbers = (["major", "minor", "fileMode", "uid", "gid"] as const)
      .filter((key) => node[key] !== undefined && node[key] !== null)
      .map((key) => [key, this.#number(node[key], `${at}.${key}`)]);
    return {
      path,
      hostPath: this.#absolute(node.hostPath ?? path, `${at}.hostPath`),
      permissions,
      ...(type !== "" && { type: type === "b" ? "b" : "c" }),
      ...Object.fromEntries(numbers),
    };
  }

  #mount(value: unknown, at: string): EditedMount {
    const mount = this.#fields(value, at, ["hostPath", "containerPath", "options", "type"]);
    const type = this.#text(mount.type ?? "bind", `${at}.type`);
    if (!["", "none", "bind"].includes(type))
      throw this.#refuse(`${at}.type`, `mounts of the type ${JSON.stringify(type)} are not made`);
    return {
      hostPath: this.#absolute(mount.hostPath, `${at}.hostPath`),
      containerPath: this.#absolute(mount.containerPath, `${at}.containerPath`),
      options: this.#texts(mount.options, `${at}.options`).map((option) => {
        if (isMountOption(option)) return option;
        throw this.#refuse(`${at}.options`, `the option ${JSON.stringify(option)} is unknown`);
      }),
    };
  }

  #hook(value: unknown, at: string): Hook {
    const hook = this.#fields(value, at, ["hookName", "path", "args", "env", "timeout"]);
    const hookName = this.#text(hook.hookName, `${at}.hookName`);
    if (!hookNames.includes(hookName))
      throw this.#refuse(`${at}.hookName`, `${JSON.stringify(hookName)} is none of ${hookNames.join(", ")}`);
    return {
      hookName,
      path: this.#absolute(hook.path, `${at}.path`),
      ...(hook.args != null && { args: this.#texts(hook.args, `${at}.args`) }),
      ...(hook.env != null && { env: this.#env(hook.env, `${at}.env`) }),
      ...(hook.timeout != null && { timeout: this.#number(hook.timeout, `${at}.timeout`) }),
    };
  }

  #env(value: unknown, at: string): string[] {
    return this.#texts(value, at).map((entry) => {
      if (entry.indexOf("=") > 0) return entry;
      throw this.#refuse(at, `${JSON.stringify(entry)} is not of the form NAME=VALUE`);
    });
  }

  #annotations(value: unknown, at: string): Record<string, string> {
    const entries = Object.entries(this.#fields(value ?? {}, at));
    return Object.fromEntries(entries.map(([key, text]) => [key, this.#text(text, `${at}.${key}`)]));
  }

  #texts(value: unknown, at: string): string[] {
    return this.#list(value, at, (each, where) => this.#text(each, where));
  }

  #list<T>(value: unknown, at: string, read: (value: unknown, at: string) => T): T[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.#refuse(at, "it is no list");
    if (value.length > maxEntries) throw this.#refuse(at, `there are more than ${maxEntries} entries`);
    return value.map((each, index) => read(each, `${at}[${index}]`));
  }

  #fields<Key extends string>(value: unknown, at: string, known?: readonly Key[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw this.#refuse(at || "the document", "it has no keys and values");
    const unknown = known && Object.keys(value).find((key) => !(known as readonly string[]).includes(key));
    if (unknown !== undefined) throw this.#refuse(at ? `${at}.${unknown}` : unknown, "the key is unknown");
    return value as Fields;
  }

  #absolute(value: unknown, at: string): string {
    const path = this.#text(value, at);
    if (path.startsWith("/") && !path.includes("\0")) return path;
    throw this.#refuse(at, `${JSON.stringify(path)} is not an absolute path`);
  }

  #text(value: unknown, at: string): string {
    if (typeof value === "string") return value;
    throw this.#refuse(at, value === undefined ? "it is missing" : "it is no text");
  }

  #number(value: unknown, at: string): number {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32)
      return value as number;
    throw this.#refuse(at, "it is no number of 32 bits");
  }

  #refuse(at: string, why: string): KasaneError {
    return invalidPart(this.#path, at, why);
  }
}

const mountOptions = ["ro", "rw", "bind", "rbind", "nosuid", "nodev", "noexec", "suid", "exec"].concat(
  ...["private", "slave", "shared"].map((each) => [each, `r${each}`]),
);

function isMountOption(option: string): boolean {
  return mountOptions.includes(option);
}

export function invalidPart(path: string, at: string, why: string): KasaneError {
  return refusal(`cannot use ${at} of the CDI specification ${path}: ${why}`);
}

export function invalidSpec(path: string, why: string): KasaneError {
  return refusal(`cannot use the CDI specification ${path}: ${why}`);
}

function refusal(message: string): KasaneError {
  return new KasaneError("invalid-config", message, {
    hint: "have it made again by the vendor's program, or correct it",
    data: { exitCode: 125 },
  });
}
