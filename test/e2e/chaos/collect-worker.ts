/** Collects garbage again and again with very little patience, until it is killed: `collect-worker.ts ROOT GRACE_MS`. */
import { collectGarbage, openLocalStore } from "../../../src/store/mod.ts";

const [root, graceMs] = process.argv.slice(2);
const store = await openLocalStore(root!);
for (;;) {
  await collectGarbage(store, { graceMs: Number(graceMs), objectGraceMs: Number.NEGATIVE_INFINITY });
  await Bun.sleep(5);
}
