import type { CreateOptions } from "../../container/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import {
  formatReference,
  type Platform,
  parsePlatform,
  parseReference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import type { Flag } from "../flags.ts";
import { warn } from "../messages/tell.ts";
import { registryClients, registryFlags } from "../registries/connect.ts";
import { transferProgress } from "../registries/transfer-progress.ts";
import { textOfFile } from "../text-of-file.ts";
import { envFiles } from "./environment.ts";
import { healthFlags, healthOptions } from "./health-flags.ts";
import { isolationFlags, isolationOptions } from "./isolation-flags.ts";
import { logFlags, logOptions } from "./log-flags.ts";
import { mountFlags, mountOptions } from "./mounts/mount-options.ts";
import { networkFlags, networkOptions } from "./network-flags.ts";
import { parseSeconds } from "./stop-time.ts";

/** What every new container may be told, by `run` and by `create`. */
export const containerFlags: readonly Flag[] = [
  { name: "name", type: "string", value: "NAME", help: "Name of the container (default: a random one)" },
  {
    name: "env",
    short: "e",
    type: "strings",
    value: "NAME=VALUE",
    help: "Environment variable; without =VALUE, the caller's",
  },
  {
    name: "cidfile",
    type: "string",
    value: "FILE",
    help: "Write the container's ID to a file that is not there yet",
  },
  { name: "env-file", type: "strings", value: "FILE", help: "File of environment variables" },
  ...mountFlags,
  { name: "workdir", short: "w", type: "string", value: "DIR", help: "Working directory" },
  { name: "user", short: "u", type: "string", value: "USER[:GROUP]", help: "User, by name or number" },
  { name: "entrypoint", type: "string", value: "PROGRAM", help: "Instead of the image's entrypoint" },
  {
    name: "hostname",
    short: "h",
    type: "string",
    value: "NAME",
    help: "Host name (default: the container's id)",
  },
  { name: "domainname", type: "string", value: "NAME", help: "Domain of its host name" },
  ...networkFlags,
  { name: "label", short: "l", type: "strings", value: "NAME=VALUE", help: "Label of the container" },
  { name: "label-file", type: "strings", value: "FILE", help: "File of labels" },
  {
    name: "restart",
    type: "string",
    value: "POLICY",
    help: "no (default), on-failure[:COUNT], always or unless-stopped",
  },
  {
    name: "stop-signal",
    type: "string",
    value: "SIGNAL",
    help: "What stop sends (default: the image's, else SIGTERM)",
  },
  {
    name: "stop-timeout",
    type: "string",
    value: "SECONDS",
    help: "How long stop waits before it kills (default 10)",
  },
  { name: "platform", type: "string", value: "OS/ARCH", help: "Platform of a multi-platform image" },
  { name: "pull", type: "string", value: "WHEN", help: "missing (default), always or never" },
  { name: "quiet", short: "q", type: "boolean", help: "No progress of a pull" },
  ...healthFlags,
  ...logFlags,
  ...isolationFlags,
  ...registryFlags,
];

/**
 * The container that flags and arguments ask for. Its image is here afterwards, and the sources of its mounts.
 * @throws KasaneError `usage`, `not-found`, and those of a pull
 */
export async function containerOptions(context: CommandContext, store: LocalStore): Promise<CreateOptions> {
  const { flags, env } = context;
  const containers = await import("../../container/run.ts");
  const [image, ...command] = flags.arguments as [string, ...string[]];
  const platform =
    flags.string("platform") === undefined ? undefined : parsePlatform(flags.string("platform")!);
  const mounts = await mountOptions(flags);
  await bringImage(context, store, image, platform, pullPolicy(flags.string("pull")));
  const entrypoint = flags.string("entrypoint");
  const restart = flags.string("restart");
  const stopSignal = flags.string("stop-signal");
  const stopTimeout = flags.string("stop-timeout");
  return {
    image,
    command,
    ...mounts,
    ...(await networkOptions(context, store)),
    env: [...(await envFiles(context)), ...containers.parseEnv(flags.strings("env"), env)],
    labels: { ...(await labelFiles(flags.strings("label-file"))), ...labelsOf(flags.strings("label")) },
    terminal: flags.boolean("tty"),
    openStdin: flags.boolean("interactive"),
    ...(restart !== undefined && { restart: containers.parseRestartPolicy(restart) }),
    ...(stopSignal !== undefined && { stopSignal: containers.parseSignal(stopSignal, { exitCode: 125 }) }),
    ...(stopTimeout !== undefined && { stopTimeoutS: parseSeconds(stopTimeout) }),
    ...healthOptions(flags),
    ...logOptions(flags, (message) => warn(context.terminal, message)),
    ...optional("domainname", flags.string("domainname")),
    ...(await isolationOptions(context, store)),
    ...(platform && { platform }),
    ...(entrypoint !== undefined && { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
    ...(flags.string("cidfile") !== undefined && { idFile: flags.string("cidfile")! }),
    ...optional("name", flags.string("name")),
    ...optional("workdir", flags.string("workdir")),
    ...optional("user", flags.string("user")),
    ...optional("hostname", flags.string("hostname")),
  };
}

function pullPolicy(when: string = "missing"): "missing" | "always" | "never" {
  if (when === "missing" || when === "always" || when === "never") return when;
  throw new KasaneError("usage", `unknown pull policy ${JSON.stringify(when)}: missing, always or never`);
}

/** Pulls the image where it is missing, or always, or never. */
export async function bringImage(
  context: CommandContext,
  store: LocalStore,
  name: string,
  platform: Platform | undefined,
  when: "missing" | "always" | "never",
): Promise<void> {
  const { flags, terminal, signal } = context;
  let missing: unknown;
  if (when !== "always") {
    try {
      await store.find(name, platform ? { platform } : {});
      return;
    } catch (error) {
      if (!isKasaneError(error, "not-found") || when === "never") throw error;
      missing = error;
    }
  }
  const { pullImage } = await import("../../sync/mod.ts");
  const reference = withDefaultTag(parseReference(name));
  const quiet = flags.boolean("quiet");
  if (!quiet && when !== "always") terminal.err(`Unable to find image '${name}' locally\n`);
  // The container's own output is on standard output: progress goes beside it.
  const progress = transferProgress(
    { ...terminal, out: terminal.err, drawOut: terminal.drawErr, isOutTty: terminal.isErrTty },
    { quiet },
  );
  await pullImage(store, (await registryClients(flags, progress))(reference.host), reference, {
    progress: progress.listener,
    signal,
    ...(platform && { platform }),
  }).catch(async (error: unknown) => {
    const { nearInstead } = await import("../../store/mod.ts");
    throw nearInstead(error, missing);
  });
  progress.end();
  if (!quiet) terminal.err(`Status: Downloaded newer image for ${formatReference(reference)}\n`);
}

/** One on each line; what is empty or begins with # is left out. */
async function labelFiles(files: readonly string[]): Promise<Record<string, string>> {
  const texts = await Promise.all(files.map(textOfFile));
  const lines = texts.flatMap((text) => text.split(/\r?\n/)).map((line) => line.trimStart());
  return labelsOf(lines.filter((line) => line !== "" && !line.startsWith("#")));
}

function labelsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function optional<Name extends string>(name: Name, value: string | undefined): { [key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: string };
}
