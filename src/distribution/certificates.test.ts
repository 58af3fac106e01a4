import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateFolders, machineAuthorities, readTrust } from "./certificates.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-certificates-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function put(path: string, content: string): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), content);
}

test("readTrust() gathers the authorities of all folders for one host, and the first client certificate", async () => {
  await put("a/r.test:5000/ca.crt", "A");
  await put("a/r.test:5000/readme.txt", "no");
  await put("a/r.test/ca.crt", "another port");
  await put("b/r.test:5000/one.crt", "B1");
  await put("b/r.test:5000/two.crt", "B2");
  await put("b/r.test:5000/client.cert", "CERT");
  await put("b/r.test:5000/client.key", "KEY");
  const folders = ["a", "none", "b"].map((name) => join(root, name));
  expect(await readTrust("r.test:5000", folders)).toEqual({
    authorities: ["A", "B1", "B2"],
    certificate: "CERT",
    key: "KEY",
  });
  expect(await readTrust("other.test", folders)).toEqual({ authorities: [] });
});

test("readTrust() says which file is missing", async () => {
  await put("c/r.test/client.cert", "CERT");
  await expect(readTrust("r.test", [join(root, "c")])).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining("client.key"),
  });
});

test("the folders are those of docker and podman, as root and not", () => {
  expect(certificateFolders("/home/u")).toEqual([
    "/etc/docker/certs.d",
    "/etc/containers/certs.d",
    "/home/u/.config/docker/certs.d",
    "/home/u/.config/containers/certs.d",
  ]);
});

test("the machine has authorities", async () => {
  expect((await machineAuthorities()).length).toBeGreaterThan(50);
});
