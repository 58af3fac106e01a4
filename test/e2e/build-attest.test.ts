// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how shells are written
/** What `kasane build` says of an image beside it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { type ServeProcess, startServe } from "../serve-process.ts";

setDefaultTimeout(60_000);

interface Descriptor {
  readonly digest: string;
  readonly artifactType?: string;
}

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  let command: string[];
  let server: ServeProcess;
  let files: ReturnType<typeof Bun.serve>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-attest-"));
    command = [kasane, "--root", join(directory, "store")];
    makeBusyboxRoot(join(directory, "rootfs"), "sh cat echo ls printf test");
    mkdirSync(join(directory, "context"));
    writeFileSync(join(directory, "context/file"), "content\n");
    await runOk([...command, "import", join(directory, "rootfs"), "base:1"]);
    server = await startServe({
      args: ["--addr", "127.0.0.1:0"],
      env: { KASANE_ROOT: join(directory, "registry") },
    });
    files = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("downloaded\n") });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await files?.stop(true);
    rmSync(directory, { recursive: true, force: true });
  });

  const build = (dockerfile: string, ...flags: string[]) => {
    writeFileSync(join(directory, "context/Dockerfile"), dockerfile);
    return run([...command, "build", "-q", ...flags, join(directory, "context")]);
  };
  const get = async (path: string) => {
    const answer = await fetch(`http://${server.address}/v2/${path}`, { headers: { accept: "*/*" } });
    expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    return answer;
  };
  const referrers = async (repository: string, subject: string) =>
    ((await (await get(`${repository}/referrers/${subject}`)).json()) as { manifests: Descriptor[] })
      .manifests;
  const statements = async (repository: string, subject: string) => {
    const [referrer, ...others] = await referrers(repository, subject);
    expect(others).toEqual([]);
    expect(referrer!.artifactType).toBe("application/vnd.docker.attestation.manifest.v1+json");
    const manifest = (await (await get(`${repository}/manifests/${referrer!.digest}`)).json()) as {
      layers: Descriptor[];
    };
    // biome-ignore lint/suspicious/noExplicitAny: what is in a statement is looked at piece by piece
    const all: any[] = [];
    for (const { digest } of manifest.layers) {
      all.push(await (await get(`${repository}/blobs/${digest}`)).json());
    }
    return all;
  };

  test("the provenance goes along to the registry, names what the image is made of, and is the same again", async () => {
    const name = `${server.address}/app:1`;
    const dockerfile = `FROM base:1 AS tools
FROM base:1
ADD http://user:hunter2@127.0.0.1:${files.port}/thing.txt /thing
RUN echo built > /built
`;
    const flags = ["--push", "-t", name, "--metadata-file", join(directory, "m.json")];
    const plain = await build(dockerfile, ...flags);
    expect(plain).toMatchObject({ code: 0, err: "" });
    const digest = () => JSON.parse(readFileSync(join(directory, "m.json"), "utf8"))["containerimage.digest"];
    const subject = digest();
    expect(await referrers("app", subject)).toEqual([]);
    const { code, err } = await build(dockerfile, "--provenance", "--build-arg", "TOKEN=hunter2", ...flags);
    expect({ code, err: err.replace(/^warning.*\n/, "") }).toEqual({ code: 0, err: "" });
    // The image is the same image.
    expect(digest()).toBe(subject);
    const [statement] = await statements("app", subject);
    expect(statement).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
      subject: [{ digest: { sha256: subject.slice("sha256:".length) } }],
    });
    const { resolvedDependencies } = statement.predicate.buildDefinition;
    const [base] = JSON.parse(await runOk([...command, "inspect", "base:1"]));
    expect(resolvedDependencies).toEqual([
      {
        uri: `http://127.0.0.1:${files.port}/thing.txt`,
        digest: { sha256: new Bun.CryptoHasher("sha256").update("downloaded\n").digest("hex") },
      },
      { uri: expect.stringMatching(/^pkg:docker\/base@1\?digest=/), digest: { sha256: expect.any(String) } },
    ]);
    expect(base).toBeDefined();
    expect(JSON.stringify(statement)).not.toContain("hunter2");
    const { "buildx.build.provenance": told } = JSON.parse(readFileSync(join(directory, "m.json"), "utf8"));
    expect(told).toEqual(statement.predicate);
    // Everything comes from the cache now: not one more referrer.
    await build(dockerfile, "--provenance=mode=min", ...flags);
    expect(await referrers("app", subject)).toHaveLength(1);

    const other = (...words: string[]) => runOk([kasane, "--root", join(directory, "other"), ...words]);
    await other("pull", name);
    await other("tag", name, `${server.address}/plain:1`);
    await other("push", "-q", `${server.address}/plain:1`);
    expect(await referrers("plain", subject)).toEqual([]);
    const [referrer] = await referrers("app", subject);
    expect(await other("pull", "--referrers", name)).toContain(
      `\nAttached: ${referrer!.digest} ${referrer!.artifactType}\nStatus: Image is up to date for ${name}\n`,
    );
    // No image of its own, and what is here already is not brought again.
    expect(new Set((await other("images", "-aq")).trim().split("\n")).size).toBe(1);
    expect(await other("pull", "-q", "--referrers", name)).toBe(`${name}\n`);
    await other("tag", name, `${server.address}/moved:1`);
    await other("push", "-q", `${server.address}/moved:1`);
    expect(await referrers("moved", subject)).toEqual([referrer!]);
    await other("image", "prune", "-f");
    expect(await other("fsck")).toContain("no problems\n");
  });

  test("mode=max tells the arguments, the steps and the Dockerfile, and of secrets the name", async () => {
    const name = `${server.address}/max:1`;
    const dockerfile = "FROM base:1\nARG WHO\nRUN --mount=type=secret,id=key echo $WHO > /who\n";
    writeFileSync(join(directory, "key"), "hunter2");
    const { code } = await build(
      dockerfile,
      ...["--attest", "type=provenance,mode=max", "--build-arg", "WHO=me", "--push", "-t", name],
      ...["--secret", `id=key,src=${join(directory, "key")}`, "--metadata-file", join(directory, "m.json")],
    );
    expect(code).toBe(0);
    const { "containerimage.digest": subject } = JSON.parse(readFileSync(join(directory, "m.json"), "utf8"));
    const [{ predicate }] = await statements("max", subject);
    const { buildDefinition, runDetails } = predicate;
    expect(buildDefinition.externalParameters.request).toEqual({
      frontend: "dockerfile.v0",
      args: { "build-arg:WHO": "me" },
      secrets: [{ id: "key" }],
    });
    expect(buildDefinition.internalParameters.buildConfig.steps[1]).toMatchObject({
      line: "3",
      file: "Dockerfile",
    });
    const [{ data }] = runDetails.metadata.buildkit_metadata.source.infos;
    expect(Buffer.from(data, "base64").toString().trim()).toBe(dockerfile.trim());
    expect(JSON.stringify(predicate)).not.toContain("hunter2");
  });

  test("what is beside an image stays as long as the image, and push takes it along", async () => {
    const dockerfile = "FROM scratch\nCOPY file /\n";
    const both = "--platform=linux/amd64,linux/arm64";
    expect((await build(dockerfile, both, "--provenance", "-t", `${server.address}/later:1`)).code).toBe(0);
    await runOk([...command, "image", "prune", "-f"]);
    await runOk([...command, "push", "-q", `${server.address}/later:1`]);
    const index = (await (await get("later/manifests/1")).json()) as { manifests: Descriptor[] };
    expect(index.manifests).toHaveLength(2);
    for (const { digest } of index.manifests) expect(await statements("later", digest)).toHaveLength(1);
    const problems = await run([...command, "fsck"]);
    expect(problems.code).toBe(0);
    await runOk([...command, "rmi", `${server.address}/later:1`]);
    await runOk([...command, "system", "prune", "-af"]);
    await runOk([...command, "import", join(directory, "rootfs"), "base:1"]);
    const blobs = await Array.fromAsync(new Bun.Glob("store/blobs/sha256/*").scan({ cwd: directory }));
    for (const path of blobs) {
      expect((await Bun.file(join(directory, path)).text()).includes("slsa.dev/provenance")).toBe(false);
    }
  });

  const scanner = (script: string) =>
    `FROM base:1\nENTRYPOINT ["/bin/sh", "-c", ${JSON.stringify(script)}]\n`;

  test("--sbom runs a scanner by BuildKit's protocol; what it leaves is beside the image", async () => {
    const script =
      'test -d "$BUILDKIT_SCAN_SOURCE_EXTRAS" && printf \'{"_type":"x","predicateType":"https://spdx.dev/Document","predicate":{"files":"%s"}}\' "$(echo $(ls $BUILDKIT_SCAN_SOURCE))" > "$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"';
    expect((await build(scanner(script), "-t", "scanner")).code).toBe(0);
    const name = `${server.address}/scanned:1`;
    const dockerfile = "FROM scratch\nCOPY file /one\nCOPY file /two\n";
    const flags = ["--push", "-t", name, "--metadata-file", join(directory, "m.json")];
    const { code, err } = await build(dockerfile, "--sbom=generator=scanner", "--provenance", ...flags);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { "containerimage.digest": subject } = JSON.parse(readFileSync(join(directory, "m.json"), "utf8"));
    const [first, second] = await statements("scanned", subject);
    const types = [first, second].map(({ predicateType }) => predicateType).sort();
    expect(types).toEqual(["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"]);
    const sbom = [first, second].find(({ predicateType }) => predicateType.includes("spdx"));
    expect(sbom).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: subject.slice("sha256:".length) } }],
      predicate: { files: "one two" },
    });
  });

  test.each([
    ["leaves nothing", "true", "left 0 files"],
    ["leaves no statement", 'echo x > "$BUILDKIT_SCAN_DESTINATION/x"', "is not an in-toto statement"],
    [
      "leaves half a statement",
      'echo "{}" > "$BUILDKIT_SCAN_DESTINATION/x"',
      "no predicateType or no predicate",
    ],
    ["fails", "exit 7", "exit code 7"],
  ])("a scanner that %s ends the build, and nothing is named", async (_, script, message) => {
    expect((await build(scanner(script), "-t", "bad-scanner")).code).toBe(0);
    const { code, err } = await build(
      "FROM scratch\nCOPY file /\n",
      "--sbom=generator=bad-scanner",
      "-t",
      "unscanned",
    );
    expect(code).not.toBe(0);
    expect(err).toContain(message);
    expect(await runOk([...command, "images", "-q", "unscanned"])).toBe("");
  });

  test.each([
    [["--provenance=mode=all"], 'unknown mode "all"'],
    [["--provenance=version=v0.2"], "v1 of SLSA"],
    [["--provenance=x"], "KEY=VALUE is expected"],
    [["--attest", "type=sbmo"], "did you mean sbom?"],
    [["--sbom=generatr=x"], "did you mean generator?"],
  ])("%j is refused", async (flags, message) => {
    const { code, err } = await build("FROM scratch\n", ...flags);
    expect(code).toBe(125);
    expect(err).toContain(message);
  });
});
