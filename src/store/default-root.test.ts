import { expect, test } from "bun:test";
import { defaultRoot } from "./default-root.ts";

test.each([
  [{ HOME: "/home/a" }, 0, "/var/lib/kasane"],
  [{ HOME: "/home/a" }, 1000, "/home/a/.local/share/kasane"],
  [{ HOME: "/home/a", XDG_DATA_HOME: "/data" }, 1000, "/data/kasane"],
  [{ HOME: "/home/a", XDG_DATA_HOME: "relative" }, 1000, "/home/a/.local/share/kasane"],
  [{ HOME: "/home/a", XDG_DATA_HOME: "" }, 1000, "/home/a/.local/share/kasane"],
])("defaultRoot(%j, %d) is %s", (environment, uid, expected) => {
  expect(defaultRoot(environment, uid)).toBe(expected);
});

test("defaultRoot() looks for no home but the caller's own", () => {
  const other = (process.getuid?.() ?? 0) + 1;
  expect(() => defaultRoot({}, other)).toThrow("no home directory");
});
