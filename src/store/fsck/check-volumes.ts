import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isKasaneError, messageOf } from "../../lib/mod.ts";
import {
  encodeVolume,
  readVolume,
  volumeDirectory,
  volumeFile,
  volumeNames,
} from "../volumes/volume-files.ts";
import type { FsckContext } from "./fsck-context.ts";

/** Volumes whose description cannot be read, or which have lost their directory of files. What is in them is nobody's to judge. */
export async function checkVolumes({ root, isRepair, report, found, progress }: FsckContext): Promise<void> {
  for (const name of volumeNames(root)) {
    progress("volumes");
    report.checked.volumes++;
    const directory = volumeDirectory(root, name);
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) continue;
    try {
      readVolume(root, name);
    } catch (error) {
      // Another version's is as it should be.
      if (isKasaneError(error, "unsupported")) continue;
      if (isRepair) describeAgain(directory);
      found({
        kind: "damaged-volume",
        weight: "problem",
        what: name,
        reason: messageOf(error),
        ...(isRepair && { repaired: "described anew, without labels" }),
      });
    }
    const data = join(directory, "_data");
    if (existsSync(data)) continue;
    if (isRepair) mkdirSync(data, { mode: 0o755 });
    found({
      kind: "damaged-volume",
      weight: "problem",
      what: name,
      reason: "its directory _data is gone, and whatever was in it",
      ...(isRepair && { repaired: "made again, empty" }),
    });
  }
}

function describeAgain(directory: string): void {
  const { birthtimeMs, mtimeMs } = statSync(directory);
  const createdAtMs = Math.trunc(birthtimeMs || mtimeMs);
  const file = join(directory, `.${volumeFile}`);
  writeFileSync(file, encodeVolume({ createdAtMs, labels: {}, options: {}, isAnonymous: false }));
  renameSync(file, join(directory, volumeFile));
}
