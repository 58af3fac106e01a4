import { basename } from "node:path";
import type { RunMount } from "../dockerfile/mod.ts";
import { closest, KasaneError } from "../lib/mod.ts";
import type { SandboxMount } from "../sandbox/mod.ts";

/** Bytes of one secret: it travels with the description of the step. */
export const maxSecretBytes = 500 * 1024;

/** Where a step sees a secret: as a file in memory, in a variable, or both. */
export interface GivenSecret {
  readonly mounts: readonly SandboxMount[];
  readonly env: readonly string[];
}

/**
 * What a `--mount=type=secret` gives a step. Nothing of it reaches a disk: the file lives in the memory of the step's own namespace. It is
 * no part of the cache key, so a step does not run again because a secret changed.
 * @throws KasaneError `not-found` where it is required and nobody gave it
 */
export function giveSecret(
  mount: RunMount,
  target: (path: string) => string,
  secrets: ReadonlyMap<string, Uint8Array>,
): GivenSecret {
  const id = mount.id ?? mount.source ?? basename(mount.target ?? "");
  const content = secrets.get(id);
  if (!content) {
    if (!mount.required) return { mounts: [], env: [] };
    const near = closest(id, secrets.keys());
    throw new KasaneError("not-found", `this step needs the secret ${JSON.stringify(id)}`, {
      hint: near === undefined ? `give it with --secret id=${id},src=FILE` : `a secret ${near} was given`,
    });
  }
  const asFile = mount.target !== undefined || mount.env === undefined;
  const { mode = 0o400, uid = 0, gid = 0 } = mount;
  return {
    mounts: asFile
      ? [
          {
            kind: "file",
            base64: Buffer.from(content).toString("base64"),
            target: target(mount.target ?? `/run/secrets/${id}`),
            mode,
            uid,
            gid,
          },
        ]
      : [],
    env: mount.env === undefined ? [] : [`${mount.env || id}=${new TextDecoder().decode(content)}`],
  };
}
