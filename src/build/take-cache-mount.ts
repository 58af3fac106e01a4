import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { RunMount } from "../dockerfile/mod.ts";
import { digestHex, digestOf } from "../oci/mod.ts";
import { cacheMountDirectory, cacheMountKey } from "./cache-directories.ts";
import type { BuildSession } from "./session.ts";

/** A cache mount that a step has got. */
export interface TakenCache {
  readonly path: string;
  /** Lets the next one have it, where it was for this step alone. */
  release(): Promise<void>;
}

/** How often a step looks whether a locked cache mount is free: whoever has it may be another process. */
const lookAgainMs = 50;

/**
 * A directory of the store for a cache mount, by its id. `shared`: whoever asks has it at once; `locked`: one step at a time, the others
 * wait; `private`: whoever does not get the first gets another one. `fill` puts the first content into a new one.
 * @throws KasaneError `cancelled`
 */
export async function takeCache(
  session: BuildSession,
  mount: RunMount,
  target: string,
  fill: ((path: string) => Promise<void>) | undefined,
): Promise<TakenCache> {
  const name = digestHex(digestOf(mount.id ?? target)).slice(0, 32);
  const sharing = mount.sharing ?? "shared";
  for (let number = 0; ; number++) {
    const own = sharing === "private" && number > 0 ? `${name}-${number}` : name;
    const key = cacheMountKey(own);
    const { leases } = session.store.meta;
    await leases.hold(session.lease, [key]);
    if (sharing !== "shared" && !(await leases.lock(session.lease, key))) {
      if (sharing === "private") continue;
      await session.pause(lookAgainMs);
      continue;
    }
    const release = async (): Promise<void> => {
      if (sharing !== "shared") await leases.unlock(session.lease, key);
    };
    try {
      session.noteMount(own);
      return { path: await makeCache(session, own, mount, fill), release };
    } catch (error) {
      await release();
      throw error;
    }
  }
}

/** Filled aside and put in its place whole: of two that begin at once, one wins. */
async function makeCache(
  session: BuildSession,
  name: string,
  { mode = 0o755, uid = 0, gid = 0 }: RunMount,
  fill: ((path: string) => Promise<void>) | undefined,
): Promise<string> {
  const { store } = session;
  const path = cacheMountDirectory(store, name);
  if (existsSync(path)) return path;
  mkdirSync(cacheMountDirectory(store), { recursive: true, mode: 0o755 });
  const aside = await store.workDirectory("cache mount");
  try {
    const first = join(aside.path, "first");
    const { fillMount } = await import("./cache/portable-mounts.ts");
    const isFilled = await fillMount(session, name, first);
    if (!isFilled && fill) await fill(first);
    else if (!isFilled) mkdirSync(first);
    if (uid !== 0 || gid !== 0) await give(first, uid, gid);
    chmodSync(first, mode);
    await rename(first, path).catch((error: unknown) => {
      if (!existsSync(path)) throw error;
    });
  } finally {
    await aside.dispose();
  }
  return path;
}

/** Where nobody else's uid is mapped, whoever runs a step is root of the user namespace, and the directory stays theirs. */
async function give(path: string, uid: number, gid: number): Promise<void> {
  const { hasSingleUid } = await import("../sandbox/mod.ts");
  if (!hasSingleUid()) chownSync(path, uid, gid);
}
