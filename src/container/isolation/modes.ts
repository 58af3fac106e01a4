import { KasaneError } from "../../lib/mod.ts";
import type { Isolation, SharedNamespaces } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { joinedPidOf } from "../exec.ts";
import { getContainer } from "../find-container.ts";
import { wrongLimit } from "./parse-limits.ts";

type Modes = Pick<Isolation, "pidMode" | "ipcMode" | "utsMode" | "cgroupnsMode" | "usernsMode">;

const known: Readonly<Record<keyof Modes, { flag: string; kind: string; words: readonly string[] }>> = {
  pidMode: { flag: "pid", kind: "PID", words: ["host", "private"] },
  ipcMode: { flag: "ipc", kind: "IPC", words: ["host", "private", "shareable", "none"] },
  utsMode: { flag: "uts", kind: "UTS", words: ["host", "private"] },
  cgroupnsMode: { flag: "cgroupns", kind: "CGROUP", words: ["host", "private"] },
  usernsMode: { flag: "userns", kind: "USER", words: ["host"] },
};

/**
 * The modes of `--pid`, `--ipc`, `--uts`, `--cgroupns` and `--userns`, with `container:NAME` as `container:ID`.
 * @throws KasaneError `usage`, `not-found`
 */
export async function parseModes(
  store: LocalStore,
  texts: Readonly<Record<string, string | undefined>>,
): Promise<Modes> {
  const modes: Record<string, string> = {};
  for (const [key, { flag, kind, words }] of Object.entries(known)) {
    const text = texts[flag];
    if (text === undefined || text === "") continue;
    const donor = /^container:(.+)$/.exec(text)?.[1];
    if (donor !== undefined && (flag === "pid" || flag === "ipc"))
      modes[key] = `container:${(await getContainer(store, donor)).id}`;
    else if (words.includes(text)) modes[key] = text;
    else
      throw wrongLimit(
        `--${flag}: invalid ${kind} mode: ${text}`,
        `one of ${[...words, ...(flag === "pid" || flag === "ipc" ? ["container:NAME"] : [])].join(", ")}`,
      );
  }
  return modes;
}

/**
 * The processes of the containers whose namespaces are shared.
 * @throws KasaneError `conflict` where one does not run, or keeps its memory to itself
 */
export async function sharedNamespaces(
  store: LocalStore,
  isolation: Isolation | undefined,
): Promise<SharedNamespaces> {
  const pid = await donorOf(store, isolation?.pidMode);
  const ipc = await donorOf(store, isolation?.ipcMode);
  if (ipc && ipc.settings.isolation?.ipcMode !== "shareable") {
    throw new KasaneError("conflict", `can't join IPC of container ${ipc.id}: non-shareable IPC`, {
      hint: "give --ipc shareable to the other container",
      data: { exitCode: 125 },
    });
  }
  return { ...(pid && { pid: joinedPidOf(pid) }), ...(ipc && { ipc: joinedPidOf(ipc) }) };
}

async function donorOf(store: LocalStore, mode: string | undefined): Promise<Container | undefined> {
  const id = /^container:(.+)$/.exec(mode ?? "")?.[1];
  return id === undefined ? undefined : getContainer(store, id);
}
