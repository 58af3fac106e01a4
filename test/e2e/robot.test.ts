import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Access, createAccess } from "../../src/access/mod.ts";
import { type Meta, openSqliteMeta } from "../../src/meta/mod.ts";
import { kasane, run } from "../outside.ts";

let root: string;
let meta: Meta;
let access: Access;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-robot-"));
  await robot("ls");
  meta = openSqliteMeta(join(root, "meta.db"));
  access = createAccess(
    { hasRobots: true, hasCertificateUsers: false, rules: [], groups: {} },
    { meta, onWarning: () => {} },
  );
});
afterAll(async () => {
  await meta.close();
  await rm(root, { recursive: true });
});

const robot = (...args: string[]) => run([kasane, "--root", root, "registry", "robot", ...args]);

async function comesIn(secret: string): Promise<boolean> {
  const authorization = `Basic ${btoa(`robot+ci:${secret}`)}`;
  const request = new Request("http://registry.test/v2/", { headers: { authorization } });
  try {
    const session = await access.guard.admit(request, { address: crypto.randomUUID() });
    return session.allows("push", "team/app") && !session.allows("push", "other/app");
  } catch {
    return false;
  }
}

/** Until a server that is running has seen what another process changed. */
async function eventually(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + 2000; Date.now() < deadline; await Bun.sleep(50)) {
    if (await isSo()) return true;
  }
  return false;
}

describe("kasane registry robot", () => {
  test("what it says and does holds at once in a server on the same store", async () => {
    const created = await robot("create", "ci", "--allow", "team/**:pull,push", "--expires", "30d");
    expect(created).toMatchObject({ code: 0, err: expect.stringContaining("robot+ci") });
    const secret = created.out.trim();
    expect(secret).toMatch(/^ksn_[0-9A-Za-z]{43}$/);
    expect(await eventually(() => comesIn(secret))).toBe(true);

    const rotated = await robot("rotate", "robot+ci", "--format", "json");
    const next = JSON.parse(rotated.out) as { secret: string; expiresAt: string };
    expect(next.secret).not.toBe(secret);
    expect(await eventually(async () => !(await comesIn(secret)))).toBe(true);
    expect(await comesIn(next.secret)).toBe(true);

    expect((await robot("disable", "ci")).code).toBe(0);
    expect(await eventually(async () => !(await comesIn(next.secret)))).toBe(true);
    expect((await robot("enable", "ci")).code).toBe(0);
    expect(await eventually(() => comesIn(next.secret))).toBe(true);

    const listed = await robot("ls");
    expect(listed.out).toMatch(/robot\+ci +active +in 4 weeks .* ago +team\/\*\*:pull,push/);
    const json = await robot("ls", "--format", "json");
    expect(JSON.parse(json.out)).toMatchObject({ userName: "robot+ci", state: "active" });
    // The store has the secrets in no form that could be used.
    for (const text of [listed.out, json.out, await Bun.file(join(root, "meta.db")).text()]) {
      expect(text).not.toContain(next.secret);
    }

    expect((await robot("rm", "ci")).out).toBe("ci\n");
    expect(await eventually(async () => !(await comesIn(next.secret)))).toBe(true);
  });

  test.each([
    [["create", "ci"], "would not be allowed to do anything"],
    [["create", "No Name", "--allow", "a:pull"], "not a robot's name"],
    [["create", "ci", "--allow", "a:fly"], "not a right"],
    [["create", "ci", "--allow", "{a:pull"], "not a pattern"],
    [["create", "ci", "--allow", "a:pull", "--expires", "soon"], "not a length of time"],
    [["rotate", "nobody"], "there is no robot nobody"],
    [["rm"], "needs the name of a robot"],
    [["dance", "ci"], "dance"],
  ])("%p says what is wrong", async (args, message) => {
    const { code, err } = await robot(...args);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});

test("kasane registry rotate-key makes a key, and another one", async () => {
  const keys = async () => (await meta.settings.get("access.token-keys")) ?? "[]";
  for (const count of [1, 2, 3, 3]) {
    expect((await run([kasane, "--root", root, "registry", "rotate-key"])).code).toBe(0);
    expect(JSON.parse(await keys())).toHaveLength(count);
  }
});
