import { expect, test } from "bun:test";
import { currentOwner, isOwnerAlive } from "./process-owner.ts";

const linux = process.platform === "linux";

test("isOwnerAlive() is true for this process", () => {
  expect(isOwnerAlive(currentOwner())).toBe(true);
});

test.skipIf(!linux)("isOwnerAlive() tells processes of one pid apart by their start", () => {
  const [boot, namespace, pid] = currentOwner().split(" ");
  expect(isOwnerAlive(`${boot} ${namespace} ${pid} 1`)).toBe(false);
  expect(isOwnerAlive(`${boot} ${namespace} 4194305 1`)).toBe(false);
});

test.skipIf(!linux)("isOwnerAlive() is false after a reboot, unknown in another pid namespace", () => {
  const [boot, namespace, pid, start] = currentOwner().split(" ");
  expect(isOwnerAlive(`another-boot ${namespace} ${pid} ${start}`)).toBe(false);
  expect(isOwnerAlive(`${boot} pid:[1] ${pid} ${start}`)).toBeUndefined();
  expect(isOwnerAlive("? ? 1 ?")).toBeUndefined();
});

test.skipIf(!linux)("isOwnerAlive() knows a zombie for dead", async () => {
  const script = `const { currentOwner } = await import(${JSON.stringify(`${import.meta.dir}/process-owner.ts`)});
    console.log(currentOwner());`;
  // The shell execs into something that never waits for its child, so the child stays a zombie.
  const parent = Bun.spawn(["sh", "-c", `"$0" -e "$1" & exec tail -f /dev/null`, process.execPath, script], {
    stdout: "pipe",
  });
  try {
    let owner = "";
    for await (const chunk of parent.stdout) {
      owner += new TextDecoder().decode(chunk);
      if (owner.includes("\n")) break;
    }
    const pid = owner.split(" ")[2];
    const stat = Bun.file(`/proc/${pid}/stat`);
    while (!/\) [Z] /.test(await stat.text())) await Bun.sleep(2);
    expect(isOwnerAlive(owner.trim())).toBe(false);
  } finally {
    parent.kill();
    await parent.exited;
  }
});
