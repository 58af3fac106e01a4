import { type LocalStore, type Volume, volumeData } from "../../store/mod.ts";

/** Docker's Volume, its fields in its order. */
export function dockerVolume(store: Pick<LocalStore, "root">, volume: Volume): Record<string, unknown> {
  const { name, createdAtMs, labels, options } = volume;
  return {
    CreatedAt: new Date(createdAtMs).toISOString().replace(/\.\d+/, ""),
    Driver: "local",
    Labels: labels ?? null,
    Mountpoint: volumeData(store.root, name),
    Name: name,
    Options: options ?? null,
    Scope: "local",
  };
}

/** For templates: what its fields are of. */
export const volumeType = "types.Volume";
