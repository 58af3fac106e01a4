/** A name that a registry does not know is answered with names that it does, where it tells them cheaply. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run, runOk } from "../outside.ts";
import { type ServeProcess, serveStore } from "../serve-process.ts";

let work: string;
let server: ServeProcess;
let host: string;
const call = (...args: string[]) => run([kasane, "--root", join(work, "store"), ...args], { cwd: work });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-near-"));
  mkdirSync(join(work, "root"));
  writeFileSync(join(work, "root/f"), "f");
  server = await serveStore(join(work, "served"));
  host = server.address;
  const maker = [kasane, "--root", join(work, "maker")];
  for (const name of [`${host}/team/webapp:v1.2`, `${host}/team/webapp:stable`]) {
    await runOk([...maker, "import", join(work, "root"), name]);
    await runOk([...maker, "push", "-q", name]);
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

test.each([
  ["team/webapp:v1.3", (at: string) => `did you mean ${at}/team/webapp:v1.2?`],
  ["team/webapp", () => "tags that are there: stable, v1.2"],
  ["team/webap:v1.2", (at: string) => `did you mean ${at}/team/webapp?`],
  ["webapp:v1.2", (at: string) => `did you mean ${at}/team/webapp?`],
])("%s", async (name, hint) => {
  for (const command of [["pull"], ["ls"], ["manifest", "inspect"], ["run", "--rm"]]) {
    const { code, err } = await call(...command, `${host}/${name}`);
    expect({ command, isRefused: code !== 0, err }).toEqual({
      command,
      isRefused: true,
      err: expect.stringMatching(
        new RegExp(`kasane: [^\n]*\nhint: ${hint(host).replaceAll(/[.?]/g, "\\$&")}\n$`),
      ),
    });
  }
});

test("what is near nothing, and what was asked for by a digest, can be searched for", async () => {
  for (const name of ["elsewhere/quite/different:1", `team/webap@sha256:${"0".repeat(64)}`]) {
    const { err } = await call("pull", `${host}/${name}`);
    expect(err).toContain("answered 404");
    expect(err).toMatch(new RegExp(`\nhint: search for it: kasane search ${host}/(?:different|webap)\n$`));
  }
});

test("a registry that does not answer the question, or answers nonsense, changes nothing", async () => {
  const answers: Record<string, () => Response | Promise<Response>> = {
    silent: () => new Promise<Response>(() => {}),
    refusing: () => new Response("{}", { status: 401 }),
    lying: () => Response.json({ tags: ["v1\u001b[31m", "../v1", "x".repeat(5000)], repositories: ["a b"] }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    using registry = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/v2/") return new Response("{}");
        if (pathname.includes("/manifests/")) return Response.json({ errors: [] }, { status: 404 });
        return answer();
      },
    });
    const { code, err } = await call("pull", `127.0.0.1:${registry.port}/app:v1`);
    expect({ name, code, err }).toEqual({
      name,
      code: 1,
      err: `kasane: cannot pull 127.0.0.1:${registry.port}/app:v1: 127.0.0.1:${registry.port} answered 404 (not found)\nhint: search for it: kasane search 127.0.0.1:${registry.port}/app\n`,
    });
  }
}, 20_000);
