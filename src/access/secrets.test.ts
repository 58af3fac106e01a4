import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Peer } from "../registry/mod.ts";
import { type Access, createRobot } from "./mod.ts";
import { AccessFixture, basic, bcryptEntry, request, rule } from "./testing/access-fixture.ts";

let fixture: AccessFixture;
let access: Access;
const said: string[] = [];
/** Somewhere else each time, so that nobody has to wait. */
let place = 0;
const somewhere = (): Peer => ({ address: `192.0.2.${place++}` });
const password = "correct-horse-battery";
const guess = "wrong-horse-battery";
const clearText = "written-in-clear-text";

beforeAll(async () => {
  fixture = await AccessFixture.create();
  const path = await fixture.write("users", `${bcryptEntry("alice", password)}bob:${clearText}\n`);
  access = fixture.access({
    htpasswd: { realm: "here", path },
    hasRobots: true,
    issuer: { service: "kasane", issuer: "kasane", lifetimeMs: 60_000 },
    rules: [rule({ users: ["alice"], repositories: ["team/**"] })],
  });
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Everything that an answer, a failure or an error tells, its causes included. */
async function hear(work: () => unknown): Promise<void> {
  try {
    const result = await work();
    if (result instanceof Response) said.push(JSON.stringify([...result.headers]));
    said.push(Bun.inspect(result, { depth: 10 }));
  } catch (error) {
    for (let next: unknown = error; next !== undefined; next = (next as Error).cause) {
      said.push(Bun.inspect(next, { depth: 10 }), String((next as Error).stack), JSON.stringify(next));
    }
  }
}

test("no session, failure, warning or error has a password, a secret, a hash or a token in it", async () => {
  const robot = await createRobot(fixture.meta.robots, {
    name: "ci",
    rights: [{ repositories: "team/*", actions: ["pull"] }],
  });
  const got = await access.tokenEndpoint!(
    request("/auth/token?offline_token=true&scope=repository:team/x:pull", basic("alice", password)),
    somewhere(),
  );
  const tokens = (await got.json()) as { token: string; refresh_token: string };
  const headers = [
    basic("alice", password),
    basic("alice", guess),
    basic("robot+ci", robot.secret),
    basic("robot+ci", guess),
    `Basic ${guess}`,
    `Bearer ${tokens.token}`,
    `Bearer ${tokens.refresh_token}`,
    `Bearer ${tokens.token.slice(0, -3)}`,
    `Bearer ${guess}`,
  ];
  const registry = fixture.registry(access);
  for (const header of headers) {
    await hear(() => access.guard.admit(request("/v2/", header), somewhere()));
    await hear(() =>
      access.tokenEndpoint!(request("/auth/token", header), somewhere()).then((one) => one.status),
    );
    for (const path of ["/v2/", "/v2/team/x/tags/list", "/v2/other/x/tags/list"]) {
      await hear(async () => (await registry(request(path, header), somewhere())).text());
    }
  }
  const forms: Record<string, string>[] = [
    { grant_type: "password", username: "alice", password: guess },
    { grant_type: "refresh_token", refresh_token: guess },
    { grant_type: guess },
  ];
  for (const form of forms) {
    const init = { method: "POST", body: new URLSearchParams(form) };
    await hear(async () =>
      (await access.tokenEndpoint!(request("/auth/token", undefined, init), somewhere())).text(),
    );
  }
  await fixture.write("users", `alice:${password}\ncarol\n${clearText}`);
  fixture.nowMs += 5000;
  await hear(() => access.guard.admit(request("/v2/", basic("alice", guess)), somewhere()));
  const stored = await fixture.meta.robots.get("ci");
  const users = bcryptEntry("alice", password).split(":")[1]!.trim();
  const everything = [...said, ...fixture.warnings].join("\n");
  expect(fixture.warnings.length).toBeGreaterThan(0);
  expect(everything).toContain("wrong user name or password");
  for (const secret of [
    password,
    guess,
    clearText,
    robot.secret,
    stored!.secretHash,
    users,
    tokens.token,
    tokens.refresh_token,
  ]) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(btoa(secret));
  }
  for (const header of headers) expect(everything).not.toContain(header.split(" ")[1]!);
});
