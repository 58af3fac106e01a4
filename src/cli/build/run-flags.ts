import type { BuildOptions } from "../../build/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import { isolationFlags, isolationOptions } from "../containers/isolation-flags.ts";
import { extraHost, nameServer, networkFlags } from "../containers/network-flags.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

const ofContainers = [
  ...[
    "add-host",
    "cap-add",
    "cap-drop",
    "cdi-spec-dir",
    "cgroup-parent",
    "cgroupns",
    "cpu-period",
    "cpu-quota",
    "cpu-shares",
  ],
  ...[
    "cpuset-cpus",
    "cpuset-mems",
    "device",
    "dns",
    "dns-option",
    "dns-search",
    "group-add",
    "ipc",
    "memory",
  ],
  ...["memory-swap", "pid", "runtime", "security-opt", "shm-size", "ulimit", "uts"],
];

/** What RUN may have around it, by the words that `run` has for a container. */
export const runFlags: readonly Flag[] = [
  ...[...networkFlags, ...isolationFlags]
    .filter(({ name }) => ofContainers.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
  {
    name: "volume",
    short: "v",
    type: "strings",
    value: "SOURCE:TARGET[:OPTIONS]",
    help: "A directory or file of this machine that every RUN sees; no part of the image or the cache's keys",
  },
];

/** @throws KasaneError `usage` */
export async function runSurroundings(
  context: Pick<CommandContext, "flags" | "terminal">,
  store: () => Promise<LocalStore>,
): Promise<Pick<BuildOptions, "surroundings">> {
  const { flags } = context;
  if (!runFlags.some(({ name, type }) => isGiven(flags, name, type))) return {};
  const { makeSource, resolvConfText } = await import("../../container/mod.ts");
  const { parseBind } = await import("../containers/mounts/volume-flag.ts");
  const { isolation } = await isolationOptions({ ...context, flags: withoutUsual(flags) }, await store());
  const mounts = flags.strings("volume").map((text) => parseBind(text, process.cwd()));
  for (const { source } of mounts) makeSource(source);
  const hosts = flags.strings("add-host").map((text) => {
    const line = extraHost(text);
    const [name, address] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
    // RUN is in this machine's own network.
    return { name, address: address === "host-gateway" ? "127.0.0.1" : address };
  });
  const dns = {
    servers: flags.strings("dns").map(nameServer),
    search: flags.strings("dns-search"),
    options: flags.strings("dns-option"),
  };
  const hasDns = Object.values(dns).some((values) => values.length > 0);
  return {
    surroundings: {
      ...(isolation && { isolation }),
      ...(mounts.length > 0 && { mounts }),
      ...(hosts.length > 0 && { hosts }),
      ...(hasDns && { resolvConf: resolvConfText(dns, { isHost: true }) }),
    },
  };
}

function isGiven(flags: ParsedFlags, name: string, type: Flag["type"]): boolean {
  if (type === "strings") return flags.strings(name).length > 0;
  return (type === "number" ? flags.number(name) : flags.string(name)) !== undefined;
}

/** buildah's words for what is so anyway. */
function withoutUsual(flags: ParsedFlags): ParsedFlags {
  const usual = ["private", "container", ""];
  const modes = ["pid", "ipc", "uts"];
  return {
    ...flags,
    string(name) {
      const value = flags.string(name);
      return value !== undefined && modes.includes(name) && usual.includes(value) ? undefined : value;
    },
  };
}
