import { isKasaneError, KasaneError } from "../../lib/errors.ts";
import type { Platform } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { goJson } from "../text/go-json.ts";
import { dockerImage } from "./docker-image.ts";

/** What docker has; those that Kasane has none of are never there. */
const types = ["container", "image", "network", "node", "plugin", "secret", "service", "task", "volume"];

export interface InspectOptions {
  /** Absent: a container, else an image, else a network, else a volume. */
  readonly type?: string | undefined;
  readonly platform?: Platform;
  /** Also the sizes of a container's files. */
  readonly withSize?: boolean;
}

/**
 * Docker's `inspect`: one list of everything that was found (with a format, one text for each), and after it the errors for what was not.
 * Returns the exit code.
 */
export async function inspectObjects(
  { flags, terminal, store }: Pick<CommandContext, "flags" | "terminal" | "store">,
  options: InspectOptions,
): Promise<number> {
  if (options.type !== undefined && !types.includes(options.type)) {
    throw new KasaneError("usage", `${JSON.stringify(options.type)} is not a valid value for --type`, {
      hint: typesHint,
      data: { exitCode: 1 },
    });
  }
  const format = flags.string("format") || undefined;
  checkObjectFormat(format);
  const local = await store();
  const found: unknown[] = [];
  const texts: string[] = [];
  const errors: unknown[] = [];
  for (const name of flags.arguments) {
    try {
      const { what, typeName, value } = await inspectOne(local, name, options);
      if (options.withSize && what !== "container") {
        const { tell } = await import("../messages/tell.ts");
        tell(terminal, `WARNING: --size ignored for ${what}`);
      }
      if (format === undefined) found.push(value);
      // Docker tries the JSON it got as well, but not where it was asked for volumes only.
      else if (options.type === "volume") texts.push(`${formatObject(format, value, typeName)}\n`);
      else texts.push(`${formatObject(format, value, typeName, { raw: value })}\n`);
    } catch (error) {
      errors.push(error);
    }
  }
  if (format === undefined) terminal.out(found.length > 0 ? `${goJson(found, 4)}\n` : "[]\n");
  else terminal.out(texts.length > 0 ? texts.join("") : "\n");
  if (errors.length === 0) return 0;
  const { formatError } = await import("../text/error-output.ts");
  for (const error of errors) terminal.err(formatError(error));
  return 1;
}

const typesHint = "the types are container, image, network and volume";

interface Inspected {
  readonly what: "container" | "image" | "network" | "volume";
  /** The name of docker's Go type. */
  readonly typeName: string;
  readonly value: Record<string, unknown>;
}

async function inspectOne(
  store: LocalStore,
  name: string,
  { type, platform, withSize }: InspectOptions,
): Promise<Inspected> {
  if (type === undefined || type === "container") {
    // What containers are made of is loaded where there is one.
    if (type === "container" || (name !== "" && (await store.meta.containers.get(name)))) {
      const { getContainer, inspectContainer } = await import("../../container/mod.ts");
      const container = await getContainer(store, name);
      const value = await inspectContainer(store, container, { withSize: withSize ?? false });
      return { what: "container", typeName: "types.ContainerJSON", value };
    }
  }
  if (type === "volume") return inspectOneVolume(store, name);
  if (type === "network") {
    const network = await inspectOneNetwork(store, name);
    if (network) return network;
    throw new KasaneError("not-found", `no such network: ${name}`, {
      hint: "'kasane network ls' lists those there are",
    });
  }
  if (type !== undefined && type !== "image") {
    throw new KasaneError("not-found", `no such ${type}: ${name}`, { hint: typesHint });
  }
  try {
    const image = await store.find(name, platform ? { platform } : {});
    return { what: "image", typeName: "types.ImageInspect", value: await dockerImage(store, image) };
  } catch (error) {
    const network = type === undefined ? await inspectOneNetwork(store, name) : undefined;
    if (network) return network;
    if (type === undefined && (await isVolume(store, name))) return inspectOneVolume(store, name);
    const missing = notFound(error, name, type ?? "object");
    if (type !== undefined || !isKasaneError(missing, "not-found")) throw missing;
    const hint = (await nearOthers(store, name)) ?? missing.hint;
    throw new KasaneError("not-found", missing.message, hint === undefined ? {} : { hint });
  }
}

async function inspectOneNetwork(store: LocalStore, name: string): Promise<Inspected | undefined> {
  const { builtInNetworks, findNetwork, inspectNetwork } = await import("../../container/mod.ts");
  const network = builtInNetworks().find((one) => one.name === name) ?? findNetwork(store, name);
  return (
    network && { what: "network", typeName: "types.NetworkResource", value: inspectNetwork(store, network) }
  );
}

/** What is near among containers, networks and volumes. */
async function nearOthers(store: LocalStore, name: string): Promise<string | undefined> {
  const [{ listVolumes }, { builtInNetworks, listNetworks }] = await Promise.all([
    import("../../store/mod.ts"),
    import("../../container/mod.ts"),
  ]);
  const { didYouMean } = await import("../../lib/near-word.ts");
  const containers = await store.meta.containers.list();
  return didYouMean(
    name,
    [...containers, ...builtInNetworks(), ...listNetworks(store), ...listVolumes(store.root)].map(
      (each) => each.name,
    ),
  );
}

async function isVolume(store: LocalStore, name: string): Promise<boolean> {
  const { readVolume } = await import("../../store/mod.ts");
  return readVolume(store.root, name) !== undefined;
}

/** @throws KasaneError `not-found` */
async function inspectOneVolume(store: LocalStore, name: string): Promise<Inspected> {
  const [{ getVolume }, { dockerVolume, volumeType }] = await Promise.all([
    import("../../container/mod.ts"),
    import("../volumes/inspect-volume.ts"),
  ]);
  return { what: "volume", typeName: volumeType, value: dockerVolume(store, getVolume(store, name)) };
}

/** Also for what can be no name at all: then the hint says why. */
function notFound(error: unknown, name: string, what: string): unknown {
  const isMissing = isKasaneError(error, "not-found") && error.message === `no such image: ${name}`;
  if (!isMissing && !isKasaneError(error, "invalid-reference")) return error;
  const hint = isMissing ? error.hint : error.message;
  return new KasaneError("not-found", `no such ${what}: ${name}`, hint ? { hint } : {});
}
