import { describeRobots } from "./robots.contract.ts";
import { openSqliteMeta } from "./sqlite-meta.ts";

describeRobots("robots and settings in SQLite", async () => ({
  meta: openSqliteMeta(":memory:"),
  dispose: async () => {},
}));
