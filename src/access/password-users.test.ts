import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import { parseHtpasswd } from "./htpasswd.ts";
import { PasswordUsers } from "./password-users.ts";
import { AccessFixture, bcryptEntry } from "./testing/access-fixture.ts";

let fixture: AccessFixture;
beforeAll(async () => {
  fixture = await AccessFixture.create();
});
afterAll(() => fixture[Symbol.asyncDispose]());

let count = 0;
async function usersOf(text: string): Promise<{ users: PasswordUsers; name: string; warnings: string[] }> {
  const name = `users-${count++}`;
  const path = await fixture.write(name, text);
  const warnings: string[] = [];
  const users = new PasswordUsers({
    path,
    onWarning: (message) => warnings.push(message),
    now: () => fixture.nowMs,
  });
  return { users, name, warnings };
}

/** Later than any file that was just written is young. */
function later(users: PasswordUsers): void {
  fixture.nowMs += 5000;
  users.refresh(fixture.nowMs);
}

const hash = "$2y$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

describe("parseHtpasswd()", () => {
  test("takes the three names of bcrypt, comments, empty lines and other line ends", () => {
    const text = `# people\n\na:${hash}\r\nb:${hash.replace("2y", "2a")}\n  c:${hash.replace("2y", "2b")}  \n`;
    const { hashes, usualCost } = parseHtpasswd(text, { path: "f", onWarning: () => {} });
    expect([...hashes.keys()]).toEqual(["a", "b", "c"]);
    expect(usualCost).toBe(4);
  });

  test.each([
    ["$apr1$abc$def", "MD5"],
    ["{SHA}abcdef", "SHA-1"],
    ["$5$salt$hash", "SHA-256"],
    ["$6$salt$hash", "SHA-512"],
    ["hunter2", "what stands after the name"],
    [hash.replace("$04$", "$31$"), "cost 31"],
  ])("warns about %s with its line, and never repeats it", (entry, kind) => {
    const warnings: string[] = [];
    const text = `a:${hash}\nb:${entry}\n`;
    const { hashes } = parseHtpasswd(text, {
      path: "the/file",
      onWarning: (message) => warnings.push(message),
    });
    expect([...hashes.keys()]).toEqual(["a"]);
    expect(warnings).toEqual([expect.stringContaining("the/file line 2: ")]);
    expect(warnings[0]).toContain(kind);
    expect(warnings[0]).not.toContain(entry);
  });

  test.each([
    "no colon",
    ":nameless",
    `a:${hash.slice(0, 40)}`,
    "a:",
    "a:$2y$0",
  ])("refuses the line %j", (line) => {
    expect(() => parseHtpasswd(`b:${hash}\n${line}`, { path: "f", onWarning: () => {} })).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("line 2") }),
    );
  });
});

describe("PasswordUsers", () => {
  test("knows passwords of any characters and lengths as htpasswd does", async () => {
    const long = "x".repeat(72);
    const { users } = await usersOf(bcryptEntry("a", "pässwörd ✓") + bcryptEntry("b", long));
    expect(await users.verify("a", "pässwörd ✓")).toBe(true);
    expect(await users.verify("a", "pässword ✓")).toBe(false);
    // bcrypt ends after 72 bytes: what Apache's tool made of a longer password is that of its beginning.
    expect(await users.verify("b", `${long}yz`)).toBe(true);
    expect(await users.verify("b", long.slice(1))).toBe(false);
  });

  test("a file that is cut off, emptied a moment ago, or gone leaves the users that were", async () => {
    const { users, name, warnings } = await usersOf(bcryptEntry("a", "one"));
    await fixture.write(name, bcryptEntry("b", "two").slice(0, 30));
    later(users);
    expect(users.hash("a")).toBeString();
    expect(warnings).toEqual([expect.stringContaining("what it said before still holds")]);
    later(users);
    expect(warnings).toHaveLength(1);
    rmSync(fixture.path(name));
    later(users);
    expect(users.hash("a")).toBeString();
    expect(warnings[1]).toContain("does not exist");
    const before = users.version;
    await fixture.write("next", bcryptEntry("b", "two"));
    renameSync(fixture.path("next"), fixture.path(name));
    later(users);
    expect([users.hash("a"), users.hash("b")]).toEqual([undefined, expect.any(String)]);
    expect(users.version).toBe(before + 1);
  });

  test("an empty file counts when it stays empty", async () => {
    const { users, name } = await usersOf(bcryptEntry("a", "one"));
    await fixture.write(name, "");
    fixture.nowMs = Date.now();
    users.refresh(fixture.nowMs + 60_000);
    expect(users.hash("a")).toBeString();
    later(users);
    expect(users.hash("a")).toBeUndefined();
    fixture.nowMs = Date.now();
  });

  test("a change within the same second, of the same size, is seen", async () => {
    const [one, two] = [bcryptEntry("a", "one"), bcryptEntry("a", "two")];
    const { users, name } = await usersOf(one);
    fixture.nowMs = Date.now();
    await fixture.write(name, two);
    users.refresh(fixture.nowMs + 1000);
    expect(await users.verify("a", "two")).toBe(true);
  });

  test("a file that is not there at the start is an error that names it", () => {
    const path = fixture.path("absent");
    const open = () => new PasswordUsers({ path, onWarning: () => {}, now: Date.now });
    expect(open).toThrow(expect.objectContaining({ code: "io", message: expect.stringContaining(path) }));
  });

  test("too many at once are turned away, and those who wait get their turn", async () => {
    const { users } = await usersOf(bcryptEntry("a", "one"));
    const all = await Promise.allSettled(Array.from({ length: 200 }, () => users.verify("a", "one")));
    const served = all.filter((one) => one.status === "fulfilled" && one.value).length;
    expect(served).toBeGreaterThanOrEqual(128);
    expect(served).toBeLessThan(140);
    expect(await users.verify("a", "one")).toBe(true);
  });

  test("an unknown user costs as much as a known one: a hash of the same cost is compared", async () => {
    const entry = await Bun.password.hash("one", { algorithm: "bcrypt", cost: 8 });
    const { users } = await usersOf(`a:${entry}\n`);
    using verify = spyOn(Bun.password, "verify");
    for (const name of ["a", "nobody"]) expect(await users.verify(name, "wrong")).toBe(false);
    const [known, unknown] = verify.mock.calls.map(([, hash]) => String(hash));
    expect(known).toBe(entry);
    expect(unknown).not.toBe(entry);
    expect(unknown).toHaveLength(entry.length);
    expect(unknown!.slice(0, 7)).toBe(entry.slice(0, 7));
  });
});
