import type { FsckContext } from "./fsck-context.ts";

/** The database's file, and that rows fit each other. */
export async function checkDatabase({ meta, isRepair, found, progress }: FsckContext): Promise<void> {
  progress("database");
  for (const line of await meta.integrity.check()) {
    found({ kind: "database", weight: "problem", what: "meta.db", reason: line });
  }
  for (const { table, parent, rows } of await meta.integrity.orphans({ repair: isRepair })) {
    found({
      kind: "orphan-rows",
      weight: "problem",
      what: table,
      reason: `${rows} ${rows === 1 ? "row belongs" : "rows belong"} to nothing in ${parent}`,
      ...(isRepair && { repaired: "joined to what is there, or removed" }),
    });
  }
}
