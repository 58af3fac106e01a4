import { expect, setDefaultTimeout, test } from "bun:test";
import { buildFixture } from "../testing/build-fixture.ts";
import { gitServer, hasGit } from "../testing/git-server.ts";

// Each runs git a dozen times.
setDefaultTimeout(60_000);

const skip = !hasGit();
const bytes = (text: string) => new TextEncoder().encode(text);
const basic = (text: string) => `basic ${Buffer.from(text).toString("base64")}`;

test.skipIf(skip).each<[string, (host: string) => Record<string, string>, string]>([
  ["GIT_AUTH_TOKEN", () => ({ GIT_AUTH_TOKEN: "t0ken\n" }), basic("x-access-token:t0ken")],
  ["GIT_AUTH_HEADER", () => ({ GIT_AUTH_HEADER: "bearer abc" }), "bearer abc"],
  [
    "of the host before that of all",
    (host) => ({ GIT_AUTH_TOKEN: "other", [`GIT_AUTH_TOKEN.${host}`]: "own" }),
    basic("x-access-token:own"),
  ],
])("ADD of a private repository with the secret %s", async (_, secrets, header) => {
  await using server = gitServer();
  const { address } = server.repository("private.git", { a: "a" });
  server.require(header);
  await using fixture = await buildFixture();
  const dockerfile = `FROM scratch\nADD ${address} /s`;
  await expect(fixture.build(dockerfile)).rejects.toThrow("git cannot read");
  const given = new Map(Object.entries(secrets(server.host)).map(([id, text]) => [id, bytes(text)]));
  const image = await fixture.build(dockerfile, { secrets: given });
  expect(image.manifest.layers).toHaveLength(1);
});

test.skipIf(skip)("credentials of an address work, and reach neither the image nor an error", async () => {
  await using server = gitServer();
  const { address } = server.repository("private.git", { a: "a" });
  server.require(basic("user:pa:ss"));
  await using fixture = await buildFixture();
  const withUser = address.replace("//", "//user:pa%3Ass@");
  const image = await fixture.build(`FROM scratch\nADD --keep-git-dir=true ${withUser} /s`);
  const layer = await fixture.store.blobs.open(image.manifest.layers[0]!.digest);
  const tar = Bun.gunzipSync(new Uint8Array(await new Response(layer as never).arrayBuffer())).toString();
  expect(Buffer.from(tar).toString()).not.toContain("pa%3Ass");
  const error = await fixture.build(`FROM scratch\nADD ${withUser}#nothing /s`).catch((caught) => caught);
  expect(error.message.split("\n")[0]).not.toContain("pa%3Ass");
});

test.skipIf(skip)("a token does not follow a redirect, nor reach another host's submodule", async () => {
  await using server = gitServer();
  await using other = gitServer();
  const elsewhere = other.repository("else.git", { a: "a" });
  const moved = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) =>
      Response.redirect(
        `${other.address}/else.git${new URL(request.url).pathname.slice(10)}${new URL(request.url).search}`,
        302,
      ),
  });
  await using fixture = await buildFixture();
  const secrets = new Map([["GIT_AUTH_TOKEN", bytes("t0ken")]]);
  const address = `http://127.0.0.1:${moved.port}/moved.git`;
  await expect(fixture.build(`FROM scratch\nADD ${address} /s`, { secrets })).rejects.toThrow(
    "git cannot read",
  );
  const outer = server.repository("outer.git", { a: "a" });
  // By hand: git would ask the server, which is this process, and waits for it.
  outer.git("update-index", "--add", "--cacheinfo", `160000,${elsewhere.git("rev-parse", "HEAD")},sub`);
  outer.commit({
    ".gitmodules": `[submodule "sub"]\n\tpath = sub\n\turl = ${elsewhere.address}\n`,
    "sub/.keep": "",
  });
  await fixture.build(`FROM scratch\nADD ${outer.address} /s`, { secrets });
  expect(
    server.requests.every(
      ({ authorization }) => authorization === basic("x-access-token:t0ken") || authorization === null,
    ),
  ).toBe(true);
  expect(server.requests.some(({ authorization }) => authorization !== null)).toBe(true);
  expect(other.requests.filter(({ authorization }) => authorization !== null)).toEqual([]);
  expect(other.requests.length).toBeGreaterThan(0);
  await moved.stop(true);
});
