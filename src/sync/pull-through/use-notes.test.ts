import { expect, test } from "bun:test";
import { openSqliteMeta } from "../../meta/mod.ts";
import { UseNotes } from "./use-notes.ts";

test("a write that failed fails whoever waited for it, and nobody later", async () => {
  const { upstreams } = openSqliteMeta(":memory:");
  let isFull = true;
  const table: typeof upstreams = {
    ...upstreams,
    noteUses: async (notes) => {
      if (isFull) throw new Error("full");
      await upstreams.noteUses(notes);
    },
  };
  const uses = new UseNotes(table, Date.now);
  uses.note("hub/library/nginx", { tag: "1" });
  await expect(uses.flush()).rejects.toThrow("full");
  await uses.flush();
  isFull = false;
  uses.note("hub/library/nginx", { tag: "1" });
  await uses.flush();
});
