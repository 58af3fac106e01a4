import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import type { BindMount } from "../sandbox/mod.ts";

/** Options of `-v` that say how something is shared or labelled, and mean nothing here. */
const ignoredOptions = ["z", "Z", "private", "rprivate", "consistent", "cached", "delegated", "nocopy"];

/**
 * `SOURCE:TARGET[:ro]` of `-v`. A relative source (with a slash) is one below the caller's directory; it is made where it does not
 * exist, as Docker does.
 * @throws KasaneError `usage`, `unsupported` for named volumes
 */
export function parseVolume(text: string, directory: string): BindMount {
  const invalid = (why: string) =>
    new KasaneError("usage", `invalid volume ${JSON.stringify(text)}: ${why}`, {
      hint: "write SOURCE:TARGET or SOURCE:TARGET:ro",
      data: { exitCode: 125 },
    });
  const [source, target, options = "", ...rest] = text.split(":");
  if (!source || !target || rest.length > 0) throw invalid("it needs a source and a target");
  if (!target.startsWith("/")) throw invalid("the target is not an absolute path");
  if (!source.includes("/") && source !== "." && source !== "..") {
    throw new KasaneError(
      "unsupported",
      `cannot mount the named volume ${source}: there are only directories yet`,
      {
        hint: "write an absolute path, or ./NAME",
        data: { exitCode: 125 },
      },
    );
  }
  let readOnly = false;
  for (const option of options.split(",").filter(Boolean)) {
    if (option === "ro") readOnly = true;
    else if (option !== "rw" && !ignoredOptions.includes(option)) throw invalid(`unknown option ${option}`);
  }
  return { kind: "bind", source: resolve(directory, source), target, readOnly };
}

/** Makes the sources of bind mounts that do not exist. */
export function makeSources(mounts: readonly BindMount[]): void {
  for (const { source } of mounts) {
    try {
      mkdirSync(source, { recursive: true });
    } catch {
      // A file is fine too; what cannot be made is told by the mount.
    }
  }
}
