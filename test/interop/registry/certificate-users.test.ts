import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createAccess } from "../../../src/access/mod.ts";
import { openMemoryBlobs } from "../../../src/blob/mod.ts";
import { openSqliteMeta } from "../../../src/meta/mod.ts";
import { createRegistry } from "../../../src/registry/mod.ts";
import {
  type ClientCertificateFront,
  listenWithClientCertificates,
} from "../../../src/server/tls/client-certificate-front.ts";
import { missing, run } from "../../outside.ts";
import { sampleImage, save } from "../archive-file.ts";
import { type Scratch, scratch, skopeo } from "../peers.ts";
import { type ClientAuthority, makeClientAuthority } from "./client-certificates.ts";

const isMissing = missing("skopeo", "openssl");
const meta = openSqliteMeta(":memory:");
let directory: Scratch;
let authority: ClientAuthority;
let inner: Bun.Server<undefined>;
let front: ClientCertificateFront;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("certificates");
  authority = await makeClientAuthority(directory.path, "ours");
  const nobody = { users: [], groups: [], isForAnonymous: false, isForUsers: false };
  const access = createAccess(
    {
      hasRobots: false,
      hasCertificateUsers: true,
      groups: {},
      rules: [
        { ...nobody, repositories: ["{user}/**"], actions: ["pull", "push"], isForUsers: true },
        { ...nobody, repositories: ["**"], actions: ["pull"], isForAnonymous: true },
      ],
    },
    { meta, onWarning: () => {} },
  );
  const registry = createRegistry({ blobs: openMemoryBlobs(), meta, guard: access.guard });
  inner = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => registry(request, front.peer(bun.requestIP(request)!.port)!),
  });
  const read = (path: string) => Bun.file(path).text();
  const server = await authority.issue({ commonName: "server" });
  front = await listenWithClientCertificates({
    hostname: "127.0.0.1",
    port: 0,
    targetPort: inner.port!,
    clientAuth: "verify-if-given",
    tls: {
      certificate: await read(server.certificate),
      key: await read(server.key),
      authorities: [await read(authority.authority)],
      minimumVersion: "TLSv1.2",
    },
  });
  await save(`${directory.path}/x.tar`, "oci", {
    image: await sampleImage(),
    names: ["docker.io/library/x:v1"],
  });
});
afterAll(async () => {
  front?.stop({ isAbrupt: true });
  await inner?.stop(true);
  await meta.close();
  await directory?.[Symbol.asyncDispose]();
});

/** A directory as containers' tools take it: an authority, and a certificate with its key. */
async function certificateDirectory(commonName?: string): Promise<string> {
  const path = join(directory.path, `certs-${commonName ?? "none"}`);
  await mkdir(path);
  await copyFile(authority.authority, join(path, "ca.crt"));
  if (commonName !== undefined) {
    const client = await authority.issue({ commonName, extensions: ["extendedKeyUsage=clientAuth"] });
    await copyFile(client.certificate, join(path, "client.cert"));
    await copyFile(client.key, join(path, "client.key"));
  }
  return path;
}

describe.skipIf(isMissing)("skopeo with a client certificate", () => {
  test("pushes where its name may, and nowhere else; without one it pulls what everybody may", async () => {
    const copy = async (from: string, to: string, certificates: string) => {
      const options = ["--src-cert-dir", certificates, "--dest-cert-dir", certificates];
      return (await run([...skopeo().argv, "copy", ...options, from, to], { env: skopeo().env })).code;
    };
    const archive = `oci-archive:${directory.path}/x.tar`;
    const at = (name: string) => `docker://127.0.0.1:${front.port}/${name}`;
    const [alice, none] = [await certificateDirectory("alice"), await certificateDirectory()];
    expect(await copy(archive, at("alice/x:v1"), alice)).toBe(0);
    expect(await copy(archive, at("bob/x:v1"), alice)).not.toBe(0);
    expect(await copy(archive, at("alice/x:v1"), none)).not.toBe(0);
    expect(await copy(at("alice/x:v1"), `dir:${directory.path}/pulled`, none)).toBe(0);
  });
});
