import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mode, makeModes, missingModes } from "../../e2e/sandbox/modes.ts";
import type { RootlessResult } from "./rootless-worker.ts";

const modes = makeModes();

async function runAs(mode: Mode): Promise<RootlessResult> {
  const directory = mkdtempSync(join(tmpdir(), "kasane-rootless-"));
  chmodSync(directory, 0o755);
  const { user } = mode;
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const asUser =
    user === undefined
      ? []
      : ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups", "--inh-caps=-all", "--"];
  try {
    const child = Bun.spawn(
      [...asUser, process.execPath, join(import.meta.dir, "rootless-worker.ts"), directory],
      {
        stdio: ["ignore", "pipe", "pipe"],
        cwd: "/",
        env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME: directory },
      },
    );
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(`the worker failed: ${out}${err}`);
    return JSON.parse(out) as RootlessResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const hex = (text: string) => Buffer.from(text).toString("hex");
/** The line of a path, without owner and digest. */
const lineOf = (lines: readonly string[], path: string) =>
  lines.find((line) => line.startsWith(`${path} `) || line.startsWith(`"/${path}" `)) ?? "";
// The capability of the layer, and the one that setcap gave inside the namespace: version 2 both, whatever the disk has.
const netRaw = "0100000200200000000000000000000000000000";
const netBind = "0100000200040000000000000000000000000000";

for (const name of missingModes(modes)) test.skip(`a layer as ${name}`, () => {});

describe.each(
  modes.filter(({ name }) => name !== "root").map((mode) => [mode.name, mode] as const),
)("as %s", (_, mode) => {
  test("a layer is unpacked, mounted, changed and made into a layer with the same owners", async () => {
    const result = await runAs(mode);
    expect(result.shell).toBe("capable\n");
    expect(result.warnings).toEqual([
      'the xattr "trusted.note" of "trusted" could not be set (EPERM)',
      'the device "null" was left out: devices cannot be made in a user namespace',
    ]);
    if (result.isSingleUid) {
      expect(lineOf(result.unpacked, "etc/shadow")).toMatch(`0640 0:0`);
      expect(lineOf(result.unpacked, "etc/shadow")).toEndWith(` user.kasane.owner=${hex("0:42")}`);
      expect(lineOf(result.unpacked, "www")).toBe(
        `"/www" directory 0755 0:0 user.kasane.owner=${hex("33:33")}`,
      );
    } else {
      expect(lineOf(result.unpacked, "etc/shadow")).toContain(" 0640 0:42 ");
      expect(lineOf(result.unpacked, "www/link")).toContain(" 33:33 ");
    }
    expect(lineOf(result.unpacked, "ping")).toContain(`security.capability=${netRaw}`);
    expect(lineOf(result.unpacked, "su")).toContain(" 4755 0:0 ");

    expect(result.changes).toEqual([
      ".wh.gone file 600 0:0",
      "etc directory 755 0:0",
      "etc/shadow file 600 0:42",
      "old directory 755 0:0",
      "old/.wh..wh..opq file 600 0:0",
      "old/new file 644 0:0",
      // Setting a capability keeps the set-id bits.
      `su file 4755 0:0 security.capability=${netBind}`,
      "www directory 755 33:33",
      "www/link symlink 777 33:33",
      "www/page file 644 33:33",
    ]);
  });
});
