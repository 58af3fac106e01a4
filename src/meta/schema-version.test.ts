import { expect, test } from "bun:test";
import { migrations } from "./schema.ts";
import { schemaVersion } from "./schema-version.ts";

test("schemaVersion is the number of migrations", () => {
  expect(schemaVersion).toBe(migrations.length);
});
