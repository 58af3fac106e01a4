/** Signatures and SBOMs beside an image in an archive: what oras and regctl put there is taken in, and what is written they find again. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type ServeProcess, serveStore } from "../../serve-process.ts";
import { peer, type Scratch, scratch } from "../peers.ts";

const type = "application/vnd.example.sbom";
let work: Scratch;
let server: ServeProcess;
let host: string;
let root: string;
let stores = 0;
const at = (name: string) => join(work.path, name);
const call = (...args: string[]) => run([kasane, "--root", root, ...args], { cwd: work.path });
const ok = (...args: string[]) => runOk([kasane, "--root", root, ...args], { cwd: work.path });
const environment = () => ({ REGCTL_CONFIG: at("regctl.json"), DOCKER_CONFIG: at("docker") });
const oras = (...args: string[]) => runOk([peer("oras"), ...args], { cwd: work.path, env: environment() });
const regctl = (...args: string[]) =>
  runOk([peer("regctl"), ...args], { cwd: work.path, env: environment() });

/** Types of what oras finds attached, those attached to that below it. */
async function attached(...where: string[]): Promise<string[]> {
  interface Node {
    artifactType?: string;
    referrers?: Node[];
    manifests?: Node[];
  }
  const walk = (node: Node): string[] =>
    [...(node.referrers ?? []), ...(node.manifests ?? [])].flatMap((each) => [
      each.artifactType!,
      ...walk(each),
    ]);
  return walk(JSON.parse(await oras("discover", "--format", "json", ...where)));
}

const isMissing = missing("oras", "regctl", "skopeo");
beforeAll(async () => {
  if (isMissing) return;
  work = await scratch("referrers");
  server = await serveStore(at("served"));
  host = server.address;
  mkdirSync(at("rootfs"));
  writeFileSync(at("rootfs/f"), "f");
  writeFileSync(at("sbom.json"), "{}");
  root = at("maker");
  await ok("import", "rootfs", `${host}/app:v1`);
  await ok("push", "-q", `${host}/app:v1`);
  const attach = (name: string, artifactType: string) =>
    oras("attach", "--plain-http", "--artifact-type", artifactType, "--format", "json", name, "sbom.json");
  const sbom = JSON.parse(await attach(`${host}/app:v1`, type));
  await attach(`${host}/app@${sbom.digest}`, "application/vnd.example.signature");
  await oras("cp", "-r", "--from-plain-http", "--to-oci-layout", `${host}/app:v1`, `${at("oras")}:v1`);
  await regctl("registry", "set", "--tls", "disabled", host);
  await regctl("image", "copy", "--referrers", `${host}/app:v1`, `ocidir://${at("regctl")}:v1`);
});
afterAll(async () => {
  if (isMissing) return;
  await server[Symbol.asyncDispose]();
  await work[Symbol.asyncDispose]();
});
beforeEach(() => {
  if (!isMissing) root = at(`store${++stores}`);
});

test.skipIf(isMissing)(
  "pull --referrers brings what oras has attached, save and push take it along",
  async () => {
    const types = [type, "application/vnd.example.signature"];
    const pulled = await ok("pull", "--referrers", `${host}/app:v1`);
    expect([...pulled.matchAll(/^Attached: sha256:[0-9a-f]{64} (.*)$/gm)].map(([, each]) => each)).toEqual(
      types,
    );
    await ok("save", "--referrers", "--format", "oci-dir", "-o", "pulled-dir", `${host}/app:v1`);
    const { digest } = JSON.parse(readFileSync(at("pulled-dir/index.json"), "utf8")).manifests[0];
    expect(await attached("--oci-layout", `${at("pulled-dir")}@${digest}`)).toEqual(types);
    await ok("tag", `${host}/app:v1`, `${host}/pulled:v1`);
    await ok("push", "-q", `${host}/pulled:v1`);
    expect(await attached("--plain-http", `${host}/pulled:v1`)).toEqual(types);
  },
  60_000,
);

describe.skipIf(isMissing)("ls oci:DIR", () => {
  test("of oras' layout is the image's, whatever is attached to it", async () => {
    expect(await ok("ls", "oci:oras")).toBe("f\n");
  });

  test("asks which of several unnamed ones is meant, and tells their digests", async () => {
    const push = (file: string) => oras("push", "--oci-layout", at("unnamed"), file, "--format", "json");
    const digests: string[] = [];
    for (const file of ["sbom.json", "regctl.json"]) {
      const { digest } = JSON.parse(await push(file));
      digests.push(digest);
    }
    // oras writes its index in any order.
    const index: { manifests: { digest: string }[] } = JSON.parse(
      readFileSync(at("unnamed/index.json"), "utf8"),
    );
    const inIndex = index.manifests.map(({ digest }) => digest);
    expect([...inIndex].sort()).toEqual([...digests].sort());
    await runOk(["tar", "-cf", at("unnamed.tar"), "-C", at("unnamed"), "."]);
    for (const place of ["oci:unnamed", "oci-archive:unnamed.tar"]) {
      const { code, err } = await call("ls", place);
      expect(code).toBe(1);
      expect(err).toContain("has 2 images: name the one you mean\n");
      expect(err).toContain(` has @${inIndex.join(", @")}\n`);
      const one = await call("ls", `${place}:@${digests[1]}`);
      expect(one.err).toContain("but an artifact of type");
      expect((await call("ls", `${place}:@sha256:${"0".repeat(64)}`)).err).toContain(" has no image ");
    }
  });
});

describe.skipIf(isMissing).each(["oras", "regctl"])("a layout of %s", (layout) => {
  const both = [type, "application/vnd.example.signature"];

  test("gives one image, with what is attached; save keeps it when asked, push takes it along", async () => {
    const { out } = await call("load", "-i", layout);
    expect(out).toMatch(/^Loaded image ID: sha256:[0-9a-f]{64}\n$/);
    const ids = (await ok("images", "-aq")).trim().split("\n");
    expect(ids).toHaveLength(1);
    const name = `${host}/from-${layout}:v1`;
    await ok("tag", ids[0]!, name);

    await ok("save", "--referrers", "-o", `${layout}.tar`, name);
    mkdirSync(at(`${layout}-tar`));
    await runOk(["tar", "-xf", at(`${layout}.tar`), "-C", at(`${layout}-tar`)]);
    expect(await attached("--oci-layout", `${at(`${layout}-tar`)}:v1`)).toEqual(both);
    await ok("save", "--referrers", "--format", "oci-dir", "-o", `${layout}-dir`, name);
    const { digest } = JSON.parse(readFileSync(at(`${layout}-dir/index.json`), "utf8")).manifests[0];
    expect(await attached("--oci-layout", `${at(`${layout}-dir`)}@${digest}`)).toEqual(both);

    await ok("push", "-q", name);
    expect(await attached("--plain-http", name)).toEqual(both);

    // Out of what was saved into another store.
    root = at(`again-${layout}`);
    await ok("load", "-i", `${layout}.tar`);
    const again = `${host}/again-${layout}:v1`;
    await ok("tag", name, again);
    await ok("push", "-q", again);
    expect(await attached("--plain-http", again)).toEqual(both);
    // With the image goes what is about it.
    await ok("rmi", name, again);
    await ok("image", "prune", "-f");
    expect(await runOk(["find", join(root, "blobs"), "-type", "f"])).toBe("");
    expect(await ok("fsck")).toContain("no problems\n");
  }, 60_000);

  test("saved without being asked has the image alone, as skopeo wants it", async () => {
    await ok("load", "-i", layout);
    await ok("tag", (await ok("images", "-q")).trim(), "app:v1");
    await ok("save", "-o", `${layout}-plain.tar`, "app:v1");
    await ok("save", "--referrers", "-o", `${layout}-all.tar`, "app:v1");
    const copy = (archive: string) =>
      run([
        peer("skopeo"),
        "--insecure-policy",
        "copy",
        `oci-archive:${at(archive)}`,
        `dir:${at(`${archive}.dir`)}`,
      ]);
    expect((await copy(`${layout}-plain.tar`)).code).toBe(0);
    // This is why it has to be asked for.
    expect((await copy(`${layout}-all.tar`)).err).toContain("more than one image in oci");
    expect(await ok("ls", `oci-archive:${layout}-all.tar`)).toBe("f\n");
  }, 60_000);
});

test.skipIf(isMissing)(
  "artifacts of an image that is not in the archive are left out, and it is said",
  async () => {
    // Another image than the one of oras' layout.
    mkdirSync(at("other"));
    writeFileSync(at("other/g"), "g");
    await ok("import", "other", "other:v1");
    await ok("save", "--format", "oci-dir", "-o", "strays", "other:v1");
    const manifests = (name: string) => JSON.parse(readFileSync(at(`${name}/index.json`), "utf8")).manifests;
    await runOk(["cp", "-r", `${at("oras")}/blobs`, at("strays")]);
    const refName = "org.opencontainers.image.ref.name";
    const artifacts = manifests("oras").filter(
      ({ annotations = {} }: { annotations?: Record<string, string> }) => annotations[refName] === undefined,
    );
    const index = { schemaVersion: 2, manifests: [...manifests("strays"), ...artifacts] };
    writeFileSync(at("strays/index.json"), JSON.stringify(index));
    root = at(`store${++stores}`);
    const { code, err } = await call("load", "-q", "-i", "strays");
    expect({ code, err }).toEqual({
      code: 0,
      err: "warning: left out 2 signatures or other artifacts of images that are not in the archive\n",
    });
    expect(await ok("fsck")).toContain("no problems\n");
  },
  60_000,
);
