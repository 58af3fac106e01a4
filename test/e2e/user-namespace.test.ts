import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missing } from "../outside.ts";

const program = `
import { privilege, reexecInUserNamespace } from ${JSON.stringify(join(import.meta.dir, "../../src/sandbox/mod.ts"))};
const [what, ...rest] = process.argv.slice(2);
if (what === "code") process.exit(Number(rest[0]));
try {
  console.log(privilege());
  process.exit(await reexecInUserNamespace(["code", "7"]));
} catch (error) {
  console.log(error.code, error.data.exitCode, error.message, "|", error.hint);
}
`;

/** What the program above says as root without power in a user namespace where `setting` was written. */
async function runWhere(preparation: string): Promise<{ out: string; code: number }> {
  const directory = mkdtempSync(join(tmpdir(), "kasane-userns-"));
  try {
    const file = join(directory, "program.ts");
    writeFileSync(file, program);
    const script = `${preparation}; exec setpriv --bounding-set=-all,+setfcap --inh-caps=-all -- "$@"`;
    const child = Bun.spawn(
      ["unshare", "--user", "--map-root-user", "sh", "-e", "-c", script, "sh", process.execPath, file],
      { stdio: ["ignore", "pipe", "inherit"], cwd: "/" },
    );
    return { out: await child.stdout.text(), code: await child.exited };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const skip = test.skipIf(missing("unshare", "setpriv"));

skip("reexecInUserNamespace() runs this program again and returns its exit code", async () => {
  expect(await runWhere(":")).toEqual({ out: "none\n", code: 7 });
});

skip("reexecInUserNamespace() names the setting that forbids user namespaces", async () => {
  const { out } = await runWhere("echo 0 > /proc/sys/user/max_user_namespaces");
  expect(out).toMatch(/^none\nsandbox 125 cannot make a user namespace: /);
  expect(out).toContain(
    "the setting user.max_user_namespaces=0 forbids it: change it with sysctl, or run as root",
  );
});
