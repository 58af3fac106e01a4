import { openSqliteMeta } from "./sqlite-meta.ts";
import { describeUpstreams } from "./upstreams.contract.ts";

describeUpstreams("what came from upstream, in SQLite", async () => ({
  meta: openSqliteMeta(":memory:"),
  dispose: async () => {},
}));
