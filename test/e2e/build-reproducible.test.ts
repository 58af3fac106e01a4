// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how shells are written
/** The same digest from the same input, and what is said where a step does not give it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  const store = (name: string) => join(directory, name);
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-reproducible-"));
    makeBusyboxRoot(join(directory, "rootfs"), "sh cat date echo gzip head rm mkdir touch ln");
    mkdirSync(join(directory, "context"));
    writeFileSync(join(directory, "context/file"), "content\n");
    for (const name of ["one", "two"]) {
      await runOk([kasane, "--root", store(name), "import", join(directory, "rootfs"), "base:1"]);
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const build = (
    name: string,
    dockerfile: string,
    flags: readonly string[] = [],
    env: Record<string, string> = {},
  ) => {
    writeFileSync(join(directory, "context/Dockerfile"), dockerfile);
    return run([kasane, "--root", store(name), "build", ...flags, join(directory, "context")], { env });
  };
  const varied = `FROM base:1 AS made
RUN echo same > /same
RUN date > /when; echo x | gzip > /x.gz; head -c 100 /dev/urandom > /random; echo $RANDOM > /dir$RANDOM$RANDOM
FROM base:1
RUN echo fine > /fine
COPY --from=made /when /w
`;

  test("--verify-reproducible names the step and its files, and writes nothing", async () => {
    const { code, out } = await build("one", varied, ["-q", "-t", "varied", "--verify-reproducible"]);
    expect(code).toBe(1);
    const [first, ...files] = out.trimEnd().split("\n");
    expect(first).toStartWith("not reproducible: [made 3/3] RUN date > /when;");
    expect(first).toEndWith("(line 3)");
    expect(files.length).toBe(4);
    expect(out).toMatch(/^ {2}\/when: line 1: .* → .*$/m);
    expect(out).toMatch(/^ {2}\/random: the content differs from byte 0 on$/m);
    expect(out).toMatch(/^ {2}\/dir\d+: only there the second time$/m);
    expect(out).toMatch(/^ {2}\/dir\d+: not there the second time$/m);
    // Neither the step before it nor what was built on it is to blame.
    expect(out.match(/^not reproducible/gm)).toHaveLength(1);
    const images = await runOk([kasane, "--root", store("one"), "images", "-q", "varied"]);
    expect(images).toBe("");
    // It is found as well where the first result is in the cache.
    const again = await build("one", varied, ["-q", "--verify-reproducible"]);
    expect(again.code).toBe(1);
    expect(again.out).toContain("/random: the content differs");
  });

  test("--verify-reproducible of steps that are alike builds as ever", async () => {
    const dockerfile =
      'FROM base:1\nRUN echo a > /a && ln /a /b && mkdir /c && touch -d "2020-01-01 00:00:00" /c/d\n';
    const plain = await build("one", dockerfile, ["-q"]);
    const { code, out, err } = await build("one", dockerfile, [
      "--verify-reproducible",
      "--iidfile",
      store("id"),
    ]);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("every RUN gave the same twice");
    expect(await Bun.file(store("id")).text()).toBe(plain.out.trim());
  });

  test("two stores, different numbers of jobs, time zones, users' settings: one digest", async () => {
    const dockerfile = `FROM base:1 AS a
RUN echo a > /a
FROM base:1 AS b
COPY file /b
FROM base:1
ARG WHO=world
WORKDIR /srv/x
COPY --from=a /a .
COPY --from=b /b .
RUN echo "$WHO" > who && date -d @$SOURCE_DATE_EPOCH > when
`;
    const flags = ["-q", "--squash"];
    const first = await build("one", dockerfile, [...flags, "--jobs=1"], {
      TZ: "Asia/Tokyo",
      LANG: "ja_JP.UTF-8",
    });
    const second = await build("two", dockerfile, [...flags, "--jobs=9"], {
      TZ: "UTC",
      HOME: "/nonexistent",
    });
    expect(first.code).toBe(0);
    expect(second.out).toBe(first.out);
    expect(first.out).toMatch(/^sha256:/);
  });

  test.each([
    [["--timestamp=86400"], {}],
    [["--source-date-epoch=86400"], {}],
    [[], { SOURCE_DATE_EPOCH: "86400" }],
    [["--build-arg", "SOURCE_DATE_EPOCH=86400"], {}],
  ])("%j %j: the time of the build", async (flags, env) => {
    const { code } = await build(
      "one",
      "FROM base:1\nRUN echo x > /x\n",
      ["-q", "-t", "timed", ...flags],
      env,
    );
    expect(code).toBe(0);
    const [image] = JSON.parse(await runOk([kasane, "--root", store("one"), "inspect", "timed"]));
    expect(image.Created).toBe("1970-01-02T00:00:00Z");
  });

  test("--rewrite-timestamp: no file is later than the build", async () => {
    const dockerfile =
      'FROM base:1\nRUN touch -d "2020-01-01 00:00:00" /late && touch -d "1970-01-01 00:00:00" /early\n';
    const listing = async (...flags: string[]) => {
      await build("one", dockerfile, ["-q", "-t", "times", "--timestamp=86400", ...flags]);
      return runOk([kasane, "--root", store("one"), "ls", "-l", "times:/"]);
    };
    expect(await listing()).toMatch(/2020.*late/);
    const rewritten = await listing("--rewrite-timestamp");
    expect(rewritten).toMatch(/1970.*late/);
    expect(rewritten).not.toContain("2020");
    expect(await listing("-o", "type=image,rewrite-timestamp=true")).toBe(rewritten);
  });

  test("squashed layers of RUN: what went is marked, what came and went is nowhere", async () => {
    const base = await build("one", "FROM base:1\nRUN mkdir /d && echo 1 > /d/a && echo 2 > /d/b\n", [
      "-q",
      "-t",
      "under",
    ]);
    expect(base.code).toBe(0);
    const dockerfile = "FROM under\nRUN echo 3 > /passing && rm /d/a\nRUN rm /passing && echo 4 > /d/c\n";
    const files = async (...flags: string[]) => {
      expect((await build("one", dockerfile, ["-q", "-t", "squashed", ...flags])).code).toBe(0);
      const history = await runOk([
        kasane,
        "--root",
        store("one"),
        "history",
        "--format={{.Size}}",
        "squashed",
      ]);
      const tree = await runOk([kasane, "--root", store("one"), "ls", "-lR", "squashed:/"]);
      return {
        tree,
        layers: history
          .trim()
          .split("\n")
          .filter((size) => size !== "0B").length,
      };
    };
    const whole = await files();
    expect(await files("--squash")).toEqual({ ...whole, layers: whole.layers - 1 });
    expect((await files("--squash-all")).tree).toBe(whole.tree);
    const { code } = await run([
      kasane,
      "--root",
      store("one"),
      "run",
      "--rm",
      "squashed",
      "sh",
      "-c",
      "test -e /d/a",
    ]);
    expect(code).toBe(1);
  });
});
