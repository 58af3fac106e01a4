/** The build cache and the graph as the command line shows them: hits, misses and their causes, what runs beside what, how a build ends. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { startServe } from "../serve-process.ts";

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  let context: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-cache-"));
    context = join(directory, "context");
    mkdirSync(join(context, "src"), { recursive: true });
    makeBusyboxRoot(join(directory, "rootfs"), "sh cat ls echo test touch rm mkdir sleep date wc sort cp");
    await runOk([...ours("import"), join(directory, "rootfs"), "base:latest"]);
    writeFileSync(join(context, "src/a"), "1\n");
    writeFileSync(join(context, "src/b"), "2\n");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const ours = (...args: string[]) => [kasane, "--root", join(directory, "store"), ...args];
  const build = (dockerfile: string, ...flags: string[]) => {
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    return run(ours("build", "--progress=plain", "-f", join(directory, "Dockerfile"), ...flags, context));
  };
  /** `CACHED`, `DONE` or what was missed, by the step's text. */
  const outcomes = (err: string) => {
    const texts = new Map(
      [...err.matchAll(/^#(\d+) \[.*?\] (.*)$/gm)].map(([, number, text]) => [number!, text!]),
    );
    const found: Record<string, string> = {};
    for (const [, number, how] of err.matchAll(/^#(\d+) (CACHED|MISS .*|DONE) ?.*$/gm)) {
      found[texts.get(number!)!] ??= how!;
    }
    return found;
  };

  test("a step that ran again and came to the same layer does not invalidate what follows", async () => {
    const dockerfile = (command: string) =>
      [
        "FROM base AS made",
        "COPY src /src",
        `RUN ${command}`,
        "RUN cat /count > /twice",
        "FROM base",
        "RUN --mount=from=made,source=/twice,target=/in cat /in > /out",
        "COPY --from=made /twice /copied",
      ].join("\n");
    expect((await build(dockerfile("ls /src | wc -l > /count"))).code).toBe(0);
    const again = await build(dockerfile("ls /src | sort | wc -l > /count"), "--explain");
    expect(outcomes(again.err)).toEqual({
      "FROM base:latest": "DONE",
      "COPY src /src": "CACHED",
      "RUN ls /src | sort | wc -l > /count": expect.stringContaining("MISS instruction command: "),
      "RUN cat /count > /twice": "CACHED",
      "RUN --mount=from=made,source=/twice,target=/in cat /in > /out": "CACHED",
      "COPY --from=made /twice /copied": "CACHED",
    });
    // Another layer below, but the file that the mount shows and that is copied is the same.
    writeFileSync(join(context, "src/a"), "changed\n");
    const other = await build(dockerfile("ls /src | sort | wc -l > /count"), "--explain");
    expect(outcomes(other.err)).toMatchObject({
      "COPY src /src": "MISS file src/a: content",
      "RUN ls /src | sort | wc -l > /count": "MISS the layer below changed: COPY src /src",
      "RUN --mount=from=made,source=/twice,target=/in cat /in > /out": "CACHED",
      "COPY --from=made /twice /copied": "CACHED",
    });
  });

  test("--explain and why name what changed; a rebuild changes nothing", async () => {
    const dockerfile = "FROM base\nARG V=1\nENV E=1\nCOPY src /src\nRUN --network=none echo $V $E > /v\n";
    const first = await build(dockerfile, "-t", "why:1");
    expect(first.code).toBe(0);
    writeFileSync(join(context, "src/b"), "changed\n");
    chmodSync(join(context, "src/a"), 0o755);
    const second = await build(
      dockerfile.replace("E=1", "E=2"),
      "--explain",
      "--build-arg",
      "V=2",
      "-t",
      "why:2",
    );
    expect(second.err.match(/^#\d+ MISS .*/gm)).toEqual([
      "#2 MISS file src/a: mode 644 → 755",
      "#2 MISS file src/b: content",
      "#3 MISS environment E: 1 → 2",
      "#3 MISS argument V: 1 → 2",
      "#3 MISS the layer below changed: COPY src /src",
    ]);
    const why = await runOk(ours("why", "why:2"));
    expect(why).toContain("0 of 2 steps from the cache");
    expect(why).toContain("   - argument V: 1 → 2\n");
    const step = await runOk(ours("why", "why:2", "copy"));
    expect(step).toContain("- file src/a: mode 644 → 755");
    expect(step).toContain("instruction destination = /src");
    const json = JSON.parse(await runOk(ours("why", "--format", "json", "why:2", "#3")));
    expect(json.steps[0].miss.changes[0]).toEqual({
      kind: "environment",
      name: "E",
      before: "1",
      after: "2",
    });
    const [id] = (await runOk(ours("why", "--builds"))).split("\n")[1]!.split(" ");
    expect(id).toBe(json.id);
    expect(await runOk(ours("why", id!.slice(0, 6)))).toBe(why);
    const third = await build(dockerfile.replace("E=1", "E=2"), "--build-arg", "V=2", "-t", "why:3");
    expect(third.err).not.toContain("DONE 1");
    expect(await runOk(ours("why"))).toContain("2 of 2 steps from the cache");
    const unknown = await run(ours("why", "base"));
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("no build is recorded")]);
  });

  test("--no-cache-filter runs a stage again, and only that; --progress=json tells it", async () => {
    const dockerfile =
      "FROM base AS one\nRUN echo 1 > /one\nFROM base AS two\nRUN echo 2 > /two\nFROM base\nCOPY --from=one /one /\nCOPY --from=two /two /\n";
    await build(dockerfile);
    const again = await build(dockerfile, "--no-cache-filter=Two", "--progress=json");
    const events = again.err
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const text = new Map(events.filter(({ event }) => event === "started").map((e) => [e.step, e.text]));
    expect(events.filter(({ event }) => event === "missed").map((e) => [text.get(e.step), e.cause])).toEqual([
      ["RUN echo 2 > /two", "no-cache"],
    ]);
    expect(events.at(-1)).toMatchObject({ event: "result", steps: { total: 4, cached: 3 } });
  });

  test("stages run side by side as --jobs allows; the same work is done once; what nobody needs never", async () => {
    const dockerfile = [
      "FROM base AS a",
      "RUN --mount=type=cache,target=/c touch /c/a; for i in 1 2 3 4 5 6 7 8 9; do test -e /c/b && echo together && exit; sleep 0.5; done; exit 1",
      "FROM base AS b",
      "RUN --mount=type=cache,target=/c touch /c/b; for i in 1 2 3 4 5 6 7 8 9; do test -e /c/a && echo together && exit; sleep 0.5; done; exit 1",
      "FROM base AS same1",
      "RUN --mount=type=cache,target=/n echo x >> /n/count && sleep 1",
      "FROM base AS same2",
      "RUN --mount=type=cache,target=/n echo x >> /n/count && sleep 1",
      "FROM base AS unused",
      "RUN exit 1",
      "FROM base",
      "COPY --from=a /bin/sh /1",
      "COPY --from=b /bin/sh /2",
      "COPY --from=same1 /bin/sh /3",
      "COPY --from=same2 /bin/sh /4",
      "RUN --mount=type=cache,target=/n cat /n/count",
    ].join("\n");
    const { code, err } = await build(dockerfile, "--jobs=4");
    expect(err).toContain("together");
    expect(code).toBe(0);
    expect(err).not.toContain("RUN exit 1");
    const last = [...err.matchAll(/^#(\d+) .*RUN --mount=type=cache,target=\/n cat/gm)].at(-1)![1];
    expect(err.match(new RegExp(`^#${last} [\\d.]+ x$`, "gm"))).toHaveLength(1);
  });

  test("a failure shows the step, its command, exit code, last output and the line; the other stages are stopped", async () => {
    const started = performance.now();
    const { code, err } = await build(
      "FROM base AS slow\nRUN sleep 100\nFROM base\nRUN echo before && sleep 1 && echo last words && exit 7\nCOPY --from=slow / /\n",
      "--jobs=2",
    );
    expect(code).toBe(7);
    expect(err).toContain("failed with exit code 7");
    expect(err).toContain("> last words");
    expect(err).toMatch(/4 \| +RUN echo before/);
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(await runOk(ours("why"))).toContain("FAILED");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends a build, and leaves nothing", async (signal) => {
    writeFileSync(join(directory, "Dockerfile"), "FROM base\nRUN echo here && sleep 1000\n");
    const child = Bun.spawn(ours("build", "--progress=plain", "-f", join(directory, "Dockerfile"), context), {
      stdout: "ignore",
      stderr: "pipe",
    });
    let err = "";
    const decoder = new TextDecoder();
    let isSent = false;
    for await (const chunk of child.stderr) {
      err += decoder.decode(chunk, { stream: true });
      if (isSent || !/^#\d+ [\d.]+ here$/m.test(err)) continue;
      child.kill(signal);
      isSent = true;
    }
    expect(await child.exited).not.toBe(0);
    expect(err).toContain("cancelled");
    expect(readdirSync(join(directory, "store/tmp"))).toEqual([]);
  });

  test("--debug opens a shell where the step failed, with its files, variables and mounts", async () => {
    writeFileSync(
      join(directory, "Dockerfile"),
      "FROM base\nENV V=value\nWORKDIR /w\nRUN --mount=type=tmpfs,target=/t echo left > /w/file && exit 9\n",
    );
    const argv = ours("build", "--debug", "-f", join(directory, "Dockerfile"), context);
    let shown = "";
    const decoder = new TextDecoder();
    const typed: [RegExp, string][] = [
      [/leave it to end/, "echo $V-$(cat /w/file)-$(pwd)-$(ls -d /t)\n"],
      [/value-left-\/w-\/t/, "exit\n"],
    ];
    const child = Bun.spawn(argv, {
      terminal: {
        cols: 200,
        rows: 50,
        data(terminal, chunk) {
          shown += decoder.decode(chunk, { stream: true });
          if (typed.length > 0 && typed[0]![0].test(shown)) terminal.write(typed.shift()![1]);
        },
      },
    });
    expect(await child.exited).toBe(9);
    expect(typed).toEqual([]);
    expect(shown).toContain("failed with exit code 9");
    const without = await run(argv);
    expect([without.code, without.err]).toEqual([125, expect.stringContaining("--debug needs a terminal")]);
    expect(readdirSync(join(directory, "store/tmp"))).toEqual([]);
  });

  test("a cache in a registry: a clean store finds every step, and neither base nor stages are downloaded", async () => {
    await using server = await startServe({
      args: ["--addr", "127.0.0.1:0"],
      env: { KASANE_ROOT: join(directory, "registry") },
    });
    const { address } = server;
    const insecure = "--tls-verify=false";
    await runOk(ours("tag", "base", `${address}/base:1`));
    await runOk(ours("push", insecure, `${address}/base:1`));
    const dockerfile = `FROM ${address}/base:1 AS made\nRUN --mount=type=cache,target=/m echo kept > /m/f; cp /m/f /out\nFROM scratch\nCOPY --from=made /out /out\n`;
    const cache = `type=registry,ref=${address}/app:cache`;
    const exported = await build(
      dockerfile,
      insecure,
      "-t",
      `${address}/app:1`,
      "--cache-to",
      `${cache},mode=max,mounts=true`,
    );
    expect([exported.code, exported.err]).toEqual([0, expect.any(String)]);
    await build(dockerfile, insecure, "--push", "-t", `${address}/app:inline`, "--cache-to", "type=inline");
    const elsewhere = (name: string, ...flags: string[]) =>
      run([
        kasane,
        "--root",
        join(directory, name),
        "build",
        "--progress=plain",
        insecure,
        "-f",
        join(directory, "Dockerfile"),
        ...flags,
        context,
      ]);
    const clean = await elsewhere("clean", "--cache-from", cache);
    expect(outcomes(clean.err)).toMatchObject({ "COPY --from=made /out /out": "CACHED" });
    expect(clean.err).not.toContain("pulling");
    expect(
      (await runOk([kasane, "--root", join(directory, "clean"), "images"])).trim().split("\n"),
    ).toHaveLength(2);
    // What has to run gets its base, and the content of the cache mount.
    writeFileSync(join(directory, "Dockerfile"), dockerfile.replace("echo kept > /m/f; ", ""));
    const changed = await elsewhere("clean", "--cache-from", cache);
    expect([changed.code, changed.err]).toEqual([0, expect.stringContaining("pulling")]);
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    const inline = await elsewhere("inline", "--cache-from", `${address}/app:inline`);
    expect(outcomes(inline.err)).toMatchObject({ "COPY --from=made /out /out": "CACHED" });
    const missing = await elsewhere("missing", "--cache-from", `${address}/no:cache`);
    expect([missing.code, missing.err]).toEqual([
      0,
      expect.stringContaining(`the cache ${address}/no:cache is not used`),
    ]);
  });

  test("builder du counts what is there; KASANE_CACHE_SIZE bounds it", async () => {
    await build("FROM base\nRUN --mount=type=cache,target=/du echo 1 > /du/file\n");
    const table = await runOk(ours("builder", "du"));
    expect(table).toMatch(/^ID +RECLAIMABLE +SIZE +LAST ACCESSED\n/);
    expect(table).toMatch(/\nReclaimable: {2}\S+B\nTotal: {8}\S+B\n$/);
    expect(await runOk(ours("buildx", "du", "-v", "--filter", "type=exec.cachemount"))).toContain(
      "Mutable:        true",
    );
    writeFileSync(join(directory, "Dockerfile"), "FROM base\nRUN echo $$ > /new-one\n");
    const argv = ours("build", "-f", join(directory, "Dockerfile"), context);
    expect((await run(argv, { env: { KASANE_CACHE_SIZE: "1" } })).code).toBe(0);
    expect((await run(argv, { env: { KASANE_CACHE_SIZE: "x" } })).err).toContain("is not a size");
    const regular = ["--filter", "type=regular", "--format", "{{.Shared}}"];
    const left = await runOk(ours("builder", "du", ...regular));
    expect(left).not.toContain("false");
  });
});
