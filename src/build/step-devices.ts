import { type RunDevice, splitCsv } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { CdiDevice, CdiDevices } from "../sandbox/mod.ts";

/** The devices that `RUN --device` may have: `--allow device`, `--allow device=NAME[,alias=ALIAS]`. */
export interface DeviceGrants {
  readonly isAll: boolean;
  readonly names: readonly string[];
  /** What a Dockerfile calls a device, and what it is given then. */
  readonly aliases: ReadonlyMap<string, string>;
}

export const noDevices: DeviceGrants = { isAll: false, names: [], aliases: new Map() };

/** True for what parseDeviceGrant() reads. */
export function isDeviceGrant(text: string): boolean {
  return text === "device" || text.startsWith("device=");
}

/** @throws KasaneError `usage` */
export function parseDeviceGrant(text: string, grants: DeviceGrants): DeviceGrants {
  const [name = "", ...fields] = splitCsv(text.slice("device=".length));
  if (name === "") return { ...grants, isAll: true };
  const aliases = fields.map((field) => {
    if (field.startsWith("alias=")) return field.slice("alias=".length);
    throw new KasaneError("usage", `unknown key ${JSON.stringify(field)} in --allow ${text}`, {
      hint: "write --allow device=vendor.com/class=name[,alias=NAME]",
    });
  });
  const alias = aliases.at(-1);
  if (!alias) return { ...grants, names: [...grants.names, name] };
  return { ...grants, aliases: new Map([...grants.aliases, [alias, name]]) };
}

const classAnnotation = "org.mobyproject.buildkit.device.class";
const allowAnnotation = "org.mobyproject.buildkit.device.autoallow";

/**
 * Which devices a step gets, by their full names. One that it can do without is warned of where it is not there.
 * @throws KasaneError `not-found`, `usage` for what was not allowed or is no name
 */
export async function stepDevices(
  asked: readonly RunDevice[],
  options: {
    readonly grants: DeviceGrants | undefined;
    readonly specDirs: readonly string[] | undefined;
    readonly onWarning: (message: string) => void;
  },
): Promise<string[]> {
  // The sandbox is not loaded where nobody asks.
  if (asked.length === 0) return [];
  const { CdiDevices } = await import("../sandbox/mod.ts");
  const all = await CdiDevices.read(options.specDirs);
  const select = (name: string) => selectDevices(all, name);
  const { grants = noDevices, onWarning } = options;
  const granted = new Set(grants.names.flatMap(select).map(({ name }) => name));
  const found = new Set<string>();
  for (const { name, required } of asked) {
    const alias = grants.aliases.get(name);
    const devices = select(alias ?? name);
    if (devices.length === 0) {
      if (required) {
        all.throwBroken();
        throw notRegistered(name);
      }
      onWarning(`the device ${name} is not given to the step: no CDI specification describes it`);
    }
    for (const device of devices) {
      if (!grants.isAll && alias === undefined && !granted.has(device.name)) requireAutoAllow(device);
      found.add(device.name);
    }
  }
  return [...found];
}

/** As BuildKit: no name means the first of a kind, `*` all; what names none may be a class, which is any word that annotations have. */
function selectDevices(all: CdiDevices, text: string): CdiDevice[] {
  const at = text.indexOf("=");
  const [kind, name] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const devices = all.ofKind(kind);
  const named =
    name === "" ? devices.slice(0, 1) : devices.filter((device) => name === "*" || device.name === text);
  if (named.length > 0) return named;
  return all
    .kinds()
    .flatMap((each) => all.ofKind(each).filter((device) => device.annotations[classAnnotation] === text));
}

function requireAutoAllow({ name, annotations }: CdiDevice): void {
  if (/^(1|t|true)$/i.test(annotations[allowAnnotation] ?? "")) return;
  throw new KasaneError("usage", `the device ${name} is not allowed in this build`, {
    hint: `if you trust the Dockerfile, allow it: --allow device=${name}, or --allow device for all`,
  });
}

function notRegistered(name: string): KasaneError {
  return new KasaneError("not-found", `required device ${JSON.stringify(name)} is not registered`, {
    hint: "its vendor's program writes a specification to /etc/cdi or /var/run/cdi; another directory: --cdi-spec-dir",
  });
}
