import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TlsConfig } from "../../../src/server/config/server-config.ts";
import {
  type ClientCertificateFront,
  listenWithClientCertificates,
} from "../../../src/server/tls/client-certificate-front.ts";
import { missing, run } from "../../outside.ts";
import { peer, type Scratch, scratch } from "../peers.ts";
import { type ClientAuthority, makeClientAuthority } from "./client-certificates.ts";

const isMissing = missing("openssl", "curl");
let directory: Scratch;
let ours: ClientAuthority;
let theirs: ClientAuthority;
let server: { certificate: string; key: string };
let inner: Bun.Server<undefined>;
let front: ClientCertificateFront | undefined;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("front");
  ours = await makeClientAuthority(directory.path, "ours");
  theirs = await makeClientAuthority(directory.path, "theirs");
  server = await ours.issue({ commonName: "server" });
  inner = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 2 ** 40,
    async fetch(request, bun) {
      const known = front!.peer(bun.requestIP(request)!.port);
      if (known === undefined) return new Response("not from the front", { status: 403 });
      let received = 0;
      for await (const chunk of request.body ?? []) received += chunk.length;
      return Response.json({ ...known, received });
    },
  });
});
afterAll(async () => {
  if (isMissing) return;
  front?.stop({ isAbrupt: true });
  await inner.stop(true);
  await directory[Symbol.asyncDispose]();
});

const read = (path: string) => Bun.file(path).text();

async function listen(clientAuth: TlsConfig["clientAuth"]): Promise<void> {
  front?.stop({ isAbrupt: true });
  front = await listenWithClientCertificates({
    hostname: "127.0.0.1",
    port: 0,
    targetPort: inner.port!,
    clientAuth,
    tls: {
      certificate: await read(server.certificate),
      key: await read(server.key),
      authorities: [await read(ours.authority)],
      minimumVersion: "TLSv1.2",
    },
  });
}

/** What the server says, or undefined where the connection was refused. */
async function get(client?: { certificate: string; key: string }, ...more: string[]): Promise<unknown> {
  const identity = client ? ["--cert", client.certificate, "--key", client.key] : [];
  const { code, out } = await run([
    ...[peer("curl"), "-sS", "--cacert", ours.authority, ...identity, ...more],
    `https://127.0.0.1:${front!.port}/`,
  ]);
  return code === 0 ? JSON.parse(out) : undefined;
}

describe.skipIf(isMissing)("listenWithClientCertificates()", () => {
  test("tells whose certificate it was, also in TLS 1.2 and on a connection that is used again", async () => {
    await listen("require-and-verify");
    const alice = await ours.issue({
      commonName: "alice",
      extensions: ["subjectAltName=DNS:alice.example,URI:spiffe://example/alice"],
    });
    const known = {
      address: "127.0.0.1",
      certificate: { commonName: "alice", names: ["alice.example", "spiffe://example/alice"] },
      received: 0,
    };
    expect(await get(alice)).toEqual(known);
    expect(await get(alice, "--tls-max", "1.2")).toEqual(known);
    expect(await get(alice, "--http2")).toEqual(known);
  });

  const clients: [string, () => Promise<{ certificate: string; key: string }> | undefined][] = [
    ["no certificate", () => undefined],
    ["one of another authority", () => theirs.issue({ commonName: "alice" })],
    ["one that has expired", () => ours.issue({ commonName: "alice", days: -1 })],
    [
      "one for servers only",
      () => ours.issue({ commonName: "alice", extensions: ["extendedKeyUsage=serverAuth"] }),
    ],
  ];
  test.each(clients)("require-and-verify refuses %s", async (_, client) => {
    await listen("require-and-verify");
    expect(await get(await client())).toBeUndefined();
  });

  test("verify-if-given lets in without, and refuses a foreign one", async () => {
    await listen("verify-if-given");
    expect(await get()).toEqual({ address: "127.0.0.1", received: 0 });
    expect(await get(await ours.issue({ commonName: "bob" }))).toMatchObject({
      certificate: { commonName: "bob" },
    });
    expect(await get(await theirs.issue({ commonName: "bob" }))).toBeUndefined();
  });

  test.each([
    "request",
    "require",
  ] as const)("%s takes any certificate, and believes no foreign one", async (way) => {
    await listen(way);
    expect(await get(await theirs.issue({ commonName: "alice" }))).toEqual({
      address: "127.0.0.1",
      received: 0,
    });
    expect((await get()) === undefined).toBe(way === "require");
  });

  test("a body of many megabytes arrives whole", async () => {
    await listen("verify-if-given");
    await Bun.write(`${directory.path}/body`, new Uint8Array(40_000_000));
    expect(await get(undefined, "-T", `${directory.path}/body`)).toMatchObject({ received: 40_000_000 });
  });

  test("a session of before reload() does not bring its certificate along", async () => {
    await listen("verify-if-given");
    const alice = await ours.issue({ commonName: "alice" });
    const session = `${directory.path}/session`;
    const talk = async (...args: string[]) => {
      const { out } = await run(
        [
          ...[peer("openssl"), "s_client", "-tls1_2", "-ign_eof", "-connect", `127.0.0.1:${front!.port}`],
          ...["-CAfile", ours.authority, ...args],
        ],
        { stdin: new Blob(["GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]) },
      );
      return { isResumed: out.includes("Reused, "), isAlice: out.includes('"commonName":"alice"') };
    };
    const identity = ["-cert", alice.certificate, "-key", alice.key];
    expect(await talk(...identity, "-sess_out", session)).toEqual({ isResumed: false, isAlice: true });
    expect(await talk("-sess_in", session)).toEqual({ isResumed: true, isAlice: true });
    front!.reload({
      certificate: await read(server.certificate),
      key: await read(server.key),
      authorities: [await read(theirs.authority)],
      minimumVersion: "TLSv1.2",
    });
    expect((await talk("-sess_in", session)).isAlice).toBe(false);
  });

  test("who comes around the front is nobody", async () => {
    await listen("verify-if-given");
    expect((await fetch(`http://127.0.0.1:${inner.port}/`)).status).toBe(403);
  });

  test("reload() changes what new connections see; a key that does not fit changes nothing", async () => {
    await listen("verify-if-given");
    const other = await theirs.issue({ commonName: "server" });
    const tls = {
      certificate: await read(other.certificate),
      key: await read(server.key),
      authorities: [await read(theirs.authority)],
      minimumVersion: "TLSv1.2" as const,
    };
    expect(() => front!.reload(tls)).toThrow(expect.objectContaining({ code: "usage" }));
    expect(await get()).toBeDefined();
    front!.reload({ ...tls, key: await read(other.key) });
    expect(await get()).toBeUndefined();
    expect(
      await get(await theirs.issue({ commonName: "carol" }), "--cacert", theirs.authority),
    ).toMatchObject({
      certificate: { commonName: "carol" },
    });
  });
});
