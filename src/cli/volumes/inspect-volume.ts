import { type LocalStore, type Volume, volumeData } from "../../store/mod.ts";

/** Docker's Volume, its fields in its order. */
export function dockerVolume(store: Pick<LocalStore, "root">, volume: Volume): Record<string, unknown> {
  const { name, createdAtMs, labels, options } = volume;
  return {
    CreatedAt: new Date(createdAtMs).toISOString().replace(/\.\d+/, ""),
    Driver: "local",
    Labels: sorted(labels),
    Mountpoint: volumeData(store.root, name),
    Name: name,
    Options: sorted(options),
    Scope: "local",
  };
}

function sorted(pairs: Readonly<Record<string, string>> | undefined): object | null {
  return pairs === undefined
    ? null
    : Object.fromEntries(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** For templates: what its fields are of. */
export const volumeType = "types.Volume";
