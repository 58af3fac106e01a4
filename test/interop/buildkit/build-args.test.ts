/** Build arguments that are for the builder, beside BuildKit: what they do, and what they leave no trace in. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { gitServer, hasGit } from "../../../src/build/testing/git-server.ts";
import { runOk } from "../../outside.ts";
import { type BuilderPair, builderPair, hasNoBuildkit } from "./builder-pair.ts";

setDefaultTimeout(60_000);

describe.skipIf(hasNoBuildkit)("the build argument", () => {
  let pair: BuilderPair;
  beforeAll(async () => {
    pair = await builderPair("build-args");
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  const both = (dockerfile: string, args: Record<string, string>, ...all: string[]) =>
    pair.build(dockerfile, {
      all: ["--progress", "plain", ...all],
      ours: Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      theirs: Object.entries(args).flatMap(([name, value]) => ["--opt", `build-arg:${name}=${value}`]),
    });
  /** What RUN wrote into the log, and whether it ran. */
  const words = (text: string) =>
    [...text.matchAll(/^#\d+ \d+\.\d{3} (.*)$/gm)].map(([, word]) => word!).sort();
  const ran = (text: string) => !/RUN[^\n]*\n#\d+ CACHED/.test(text);

  test("BUILDKIT_SANDBOX_HOSTNAME is the name of the machine in RUN, and part of the key", async () => {
    for (const name of ["one", "two", "one"]) {
      const { ours, theirs } = await both("FROM base\nRUN hostname\n", { BUILDKIT_SANDBOX_HOSTNAME: name });
      expect(words(ours.err)).toEqual(words(theirs.err));
      expect(ran(ours.err)).toBe(ran(theirs.err));
    }
  });

  test("HTTP_PROXY and its kind are in RUN in both cases of letters, and neither in the key nor in the image", async () => {
    const dockerfile = 'FROM base\nRUN env | grep -i "proxy="; true\n';
    for (const host of ["first", "second"]) {
      const proxies = { HTTP_PROXY: `http://${host}`, no_proxy: host, ALL_PROXY: host };
      const out = (name: string) => ["--output", `type=oci,dest=${pair.at(name)}`];
      const { ours, theirs } = await pair.build(dockerfile, {
        all: ["--progress", "plain"],
        ours: [
          ...out("ours.tar"),
          ...Object.entries(proxies).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
        ],
        theirs: [
          ...out("theirs.tar"),
          ...Object.entries(proxies).flatMap(([name, value]) => ["--opt", `build-arg:${name}=${value}`]),
        ],
      });
      expect(words(ours.err)).toEqual(words(theirs.err));
      expect([ran(ours.err), ran(theirs.err)]).toEqual([host === "first", host === "first"]);
      for (const name of ["ours.tar", "theirs.tar"]) {
        expect(readFileSync(pair.at(name), "latin1")).not.toContain(host);
      }
    }
  });

  test("BUILDKIT_CACHE_MOUNT_NS keeps cache mounts apart", async () => {
    const dockerfile = (step: string) =>
      `FROM base\nRUN --mount=type=cache,target=/c echo ${step} >> /c/f; cat /c/f\n`;
    for (const [step, namespace] of [
      ["a", "x"],
      ["b", "y"],
      ["c", "x"],
    ] as const) {
      const { ours, theirs } = await both(dockerfile(step), { BUILDKIT_CACHE_MOUNT_NS: namespace });
      expect(words(ours.err)).toEqual(words(theirs.err));
    }
  });

  test("BUILDKIT_MULTI_PLATFORM makes an index of one platform, and a directory for it", async () => {
    const to = (name: string, type: string, how: string) => [
      "--output",
      `type=${type},dest=${pair.at(name)}${how}`,
    ];
    const build = (value: string, type: string, how = "") =>
      pair.build("FROM base\nCOPY a /srv/a\n", {
        ours: ["-q", ...to(`ours-${type}`, type, how), "--build-arg", `BUILDKIT_MULTI_PLATFORM=${value}`],
        theirs: [...to(`theirs-${type}`, type, how), "--opt", `build-arg:BUILDKIT_MULTI_PLATFORM=${value}`],
      });
    const shape = (name: string) => {
      const read = (path: string) => JSON.parse(readFileSync(pair.at(`${name}/${path}`), "utf8"));
      const [root] = read("index.json").manifests.slice(-1);
      const { manifests } = read(`blobs/${root.digest.replace(":", "/")}`);
      const describe = ({ mediaType, platform }: Record<string, unknown>) => ({ mediaType, platform });
      return [root.mediaType, manifests?.map(describe)];
    };
    for (const value of ["1", "false"]) {
      await runOk(["rm", "-rf", pair.at("ours-oci"), pair.at("theirs-oci")]);
      const { ours, theirs } = await build(value, "oci", ",tar=false");
      expect([ours.code, theirs.code]).toEqual([0, 0]);
      expect(shape("ours-oci")).toEqual(shape("theirs-oci"));
    }
    await build("true", "local");
    expect(readdirSync(pair.at("ours-local"))).toEqual(readdirSync(pair.at("theirs-local")));
    for (const { code, err } of Object.values(await build("yes", "oci", ",tar=false"))) {
      expect([code === 0, err]).toEqual([
        false,
        expect.stringMatching(/error|kasane: .*BUILDKIT_MULTI_PLATFORM/),
      ]);
    }
  });

  test("BUILDKIT_SYNTAX asks for another frontend: BuildKit runs it, Kasane says that it is one", async () => {
    const { ours, theirs } = await both("FROM base\n", { BUILDKIT_SYNTAX: "frontend.invalid/other" });
    expect([theirs.code, theirs.err]).toEqual([1, expect.stringContaining("BUILDKIT_SYNTAX")]);
    expect([ours.code, ours.err]).toEqual([0, expect.stringContaining("frontend frontend.invalid/other")]);
    const yaml = await both("# syntax=frontend.invalid/yaml\nimages: []\n", {});
    expect(yaml.ours.err).toContain("the file is for the frontend frontend.invalid/yaml");
  });

  test.skipIf(!hasGit())(
    "BUILDKIT_CONTEXT_KEEP_GIT_DIR leaves .git in a context from a repository",
    async () => {
      await using server = gitServer();
      const { address } = server.repository("app.git", {
        Dockerfile: "FROM scratch\nCOPY . /\n",
        "a.txt": "a",
      });
      for (const value of ["", "1"]) {
        const names: string[][] = [];
        for (const who of ["ours", "theirs"] as const) {
          const dest = pair.at(`${who}-git${value}`);
          const argument = `BUILDKIT_CONTEXT_KEEP_GIT_DIR=${value}`;
          if (who === "ours") {
            const flags = ["-q", "-o", dest, ...(value ? ["--build-arg", argument] : [])];
            expect(await pair.kasane("build", ...flags, address)).toMatchObject({ code: 0 });
          } else {
            const { argv, env } = pair.daemon.buildctl;
            const options = [
              "--opt",
              `context=${address}`,
              ...(value ? ["--opt", `build-arg:${argument}`] : []),
            ];
            await runOk(
              [
                ...argv,
                "build",
                "--frontend",
                "dockerfile.v0",
                ...options,
                "--output",
                `type=local,dest=${dest}`,
              ],
              { env },
            );
          }
          names.push(readdirSync(dest).sort());
        }
        expect(names[0]).toEqual(names[1]!);
        expect(names[0]!.includes(".git")).toBe(value === "1");
      }
    },
  );

  test("BUILDKIT_DOCKERFILE_CHECK decides what is warned of and what fails", async () => {
    const dockerfile = "FROM base\nMAINTAINER me\nCOPY a /a\n";
    const count = (text: string) => text.match(/MaintainerDeprecated/g)?.length ?? 0;
    for (const value of ["", "skip=MaintainerDeprecated", "skip=all", "error=true"]) {
      const { ours, theirs } = await both(dockerfile, { BUILDKIT_DOCKERFILE_CHECK: value });
      expect([value, ours.code === 0, count(ours.err) > 0]).toEqual([
        value,
        theirs.code === 0,
        count(theirs.err) > 0,
      ]);
    }
  });

  test("SOURCE_DATE_EPOCH is the time of the image", async () => {
    const created = async (file: string) => {
      const index = JSON.parse(await runOk(["tar", "-xOf", pair.at(file), "index.json"]));
      const blob = async (digest: string) =>
        JSON.parse(await runOk(["tar", "-xOf", pair.at(file), `blobs/${digest.replace(":", "/")}`]));
      const { config } = await blob(index.manifests[0].digest);
      return (await blob(config.digest)).created;
    };
    const out = (name: string) => ["--output", `type=oci,dest=${pair.at(name)}`];
    await pair.build("FROM base\nCOPY a /a\n", {
      ours: [...out("ours.tar"), "--build-arg", "SOURCE_DATE_EPOCH=1600000000"],
      theirs: [...out("theirs.tar"), "--opt", "build-arg:SOURCE_DATE_EPOCH=1600000000"],
    });
    expect(await created("ours.tar")).toBe(await created("theirs.tar"));
  });

  test("BUILDKIT_INLINE_CACHE: an image that carries its cache", async () => {
    for (const [value, has] of [
      ["1", true],
      ["true", true],
      ["0", false],
    ] as const) {
      const ours = pair.at("inline.tar");
      const flags = ["-q", "-o", `type=oci,dest=${ours}`, "--build-arg", `BUILDKIT_INLINE_CACHE=${value}`];
      expect((await pair.kasane("build", ...flags, pair.context)).code).toBe(0);
      expect(readFileSync(ours, "latin1").includes("org.kasane.build.cache")).toBe(has);
    }
  });
});
