/** The commands that look into images, as people call them: on the store, on a registry, on files. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../outside.ts";
import { type ServeProcess, serveStore } from "../serve-process.ts";

describe("looking into images", () => {
  let work: string;
  let server: ServeProcess;
  const call = (...args: string[]) => run([kasane, "--root", join(work, "store"), ...args], { cwd: work });
  const ok = (...args: string[]) => runOk([kasane, "--root", join(work, "store"), ...args], { cwd: work });
  /** With a store that has no image. */
  const far = (...args: string[]) => run([kasane, "--root", join(work, "empty"), ...args], { cwd: work });

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "kasane-look-"));
    const write = (path: string, text: string) => {
      mkdirSync(join(work, path, ".."), { recursive: true });
      writeFileSync(join(work, path), text);
    };
    write("base/etc/os-release", "ID=test\n");
    write("base/etc/.hidden", "dot\n");
    write("base/etc/conf", "one\n");
    write("base/usr/data", "x".repeat(3000));
    write("base/odd/esc\x1b[31m\nname", "odd\n");
    symlinkSync("../etc/os-release", join(work, "base/usr/release"));
    write("top/etc/conf", "two\n");
    write("v1.dockerfile", "FROM scratch\nCOPY base /\nCOPY top /\nENV A=1\nLABEL l=1\n");
    write("v2.dockerfile", "FROM scratch\nCOPY base /\nCOPY --chmod=600 top /\nENV A=2\n");
    await ok("build", "-q", "-f", "v1.dockerfile", "-t", "app:v1", ".");
    await ok("build", "-q", "-f", "v2.dockerfile", "-t", "app:v2", ".");
    server = await serveStore(join(work, "hosted"));
    for (const tag of ["v1", "v2"]) {
      await ok("tag", `app:${tag}`, `${server.address}/app:${tag}`);
      await ok("push", "-q", `${server.address}/app:${tag}`);
    }
    await ok("save", "-q", "-o", "app.tar", "app:v1");
    const odd = `mkdir odd && cd odd && ln -s loop loop && ln -s /not/here gone && mkfifo pipe && echo latin > "$(printf 'caf\\351')" && tar cf ../odd.tar *`;
    await runOk(["sh", "-c", odd], { cwd: work });
    await ok("import", "odd.tar", "links");
    await ok("create", "--name", "keeper", "app:v1", "/x");
  }, 60_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(work, { recursive: true, force: true });
  });

  test("ls lists a directory as ls(1) does", async () => {
    expect(await ok("ls", "app:v1")).toBe("etc\nodd\nusr\n");
    expect(await ok("ls", "app:v1:/etc")).toBe("conf\nos-release\n");
    expect(await ok("ls", "-a", "app:v1:/etc")).toBe(".hidden\nconf\nos-release\n");
    expect(await ok("ls", "-l", "app:v1:/usr")).toBe(
      "-rw-r--r-- 0 0 3000 1970-01-01 00:00 data\nlrwxrwxrwx 0 0    0 1970-01-01 00:00 release -> ../etc/os-release\n",
    );
    expect(await ok("ls", "-lh", "app:v1:/usr/data")).toBe("-rw-r--r-- 0 0 3kB 1970-01-01 00:00 /usr/data\n");
    expect(await ok("ls", "-ld", "app:v1:/usr")).toBe("drwxr-xr-x 0 0 0 1970-01-01 00:00 /usr\n");
    expect(await ok("ls", "-R", "app:v1:/usr")).toBe("/usr:\ndata\nrelease\n");
    expect(await ok("ls", "--layers", "app:v1:/etc")).toBe("2 COPY top /  conf\n1 COPY base / os-release\n");
  });

  test("ls --json tells everything", async () => {
    const files = JSON.parse(await ok("ls", "--json", "--layers", "app:v1:/etc"));
    expect(files).toHaveLength(2);
    expect(files[0]).toMatchObject({
      path: "/etc/conf",
      type: "file",
      mode: "0644",
      uid: 0,
      sizeBytes: 4,
      layer: 2,
      instruction: "COPY top /",
    });
    expect(JSON.parse(await ok("ls", "--json", "app:v1:/etc/conf"))).toHaveLength(1);
  });

  test("names of an image move no cursor and make no second line", async () => {
    const text = await ok("ls", "app:v1:/odd");
    expect(text).toBe("esc\\u001b[31m\\nname\n");
    expect((await call("image", "diff", "app:v1", "app:v2")).out).not.toContain("\x1b");
  });

  test("cat follows symlinks inside the image", async () => {
    expect(await ok("cat", "app:v1:/usr/release", "app:v1:/etc/conf")).toBe("ID=test\ntwo\n");
    const wrong = await call("cat", "app:v1:/nothing", "app:v1:/etc", "app:v1:/etc/conf");
    expect(wrong).toMatchObject({ code: 1, out: "two\n" });
    expect(wrong.err).toContain('image app:v1 has no file "/nothing"');
    expect(wrong.err).toContain("it is a directory");
    expect(await call("cat", "app:v1")).toMatchObject({ code: 125 });
  });

  test.each([
    ["cat", "app:v1:/etc/os-relaese", 'has no file "/etc/os-relaese"\nhint: did you mean "/etc/os-release"?'],
    ["ls", "app:v1:/urs/data", 'hint: did you mean "/usr/data"?'],
    ["ls", "app:v1:/etc/conf/", 'hint: did you mean "/etc/conf"?'],
    ["cat", "app:v1:/nope", "hint: list what is there with ls"],
    ["cat", "links:/loop", '"/loop" of image links is a symlink that leads nowhere: to "loop"'],
    ["ls", "links:/gone/", '"/gone/" of image links is a symlink that leads nowhere: to "/not/here"'],
    ["cat", "links:/pipe", "it is a fifo\nhint: list it with ls"],
    ["ls", "localhost:1/ap:v1", "connection refused\nhint: did you mean app:v1"],
    ["cp", "kepper:/etc", "hint: did you mean the container keeper?"],
  ])("%s %s says what is wrong, and what is near", async (command, source, message) => {
    const { code, err } = await call(command, source, ...(command === "cp" ? ["x"] : []));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(message) });
  });

  test("a name that is no UTF-8 is shown, found and copied byte for byte", async () => {
    expect(await ok("ls", "links")).toContain("caf\\xe9\n");
    const script = `n=$(printf 'caf\\351') && mkdir -p bytes && "$0" --root store cat "links:/$n" && "$0" --root store cp "links:/$n" bytes && cat "bytes/$n"`;
    expect(await runOk(["sh", "-c", script, kasane], { cwd: work })).toBe("latin\nlatin\n");
  });

  test("cp writes files, directories and tars", async () => {
    await ok("cp", "app:v1:/etc", "copied");
    expect(readFileSync(join(work, "copied/conf"), "utf8")).toBe("two\n");
    const tar = Bun.spawnSync(["sh", "-c", `"${kasane}" --root store cp app:v1:/usr - | tar t`], {
      cwd: work,
    });
    expect(tar.stdout.toString()).toBe("usr/\nusr/data\nusr/release\n");
    expect(await call("cp", "app:v1", ".")).toMatchObject({ code: 1 });
    expect(await call("cp", "app:v1:/etc", "missing/x")).toMatchObject({ code: 1 });
  });

  test("image diff says of a package database that cannot be read why, and compares the rest", async () => {
    mkdirSync(join(work, "rpm/var/lib/rpm"), { recursive: true });
    writeFileSync(join(work, "rpm/var/lib/rpm/rpmdb.sqlite"), "not a database at all");
    await ok("import", "rpm", "rpm:damaged");
    const { code, out } = await call("image", "diff", "app:v1", "rpm:damaged");
    expect(code).toBe(1);
    expect(out).toContain(
      "\n  (packages of rpm are not compared: /var/lib/rpm/rpmdb.sqlite: file is not a database)\n",
    );
    expect(out).toContain("- /usr/data");
  });

  test.skipIf(missing("script"))(
    "how far a layer of a registry is shows on a terminal, and only there",
    async () => {
      const name = `${server.address}/big:v1`;
      writeFileSync(join(work, "big.dockerfile"), "FROM scratch\nCOPY big.bin /\n");
      writeFileSync(join(work, "big.bin"), crypto.getRandomValues(new Uint8Array(60_000)));
      await ok("build", "-q", "-f", "big.dockerfile", "-t", name, ".");
      await ok("push", "-q", name);
      const look = [kasane, "--root", join(work, "looker"), "ls", name];
      const drawn = await run(["script", "-qec", look.join(" "), "/dev/null"], { cwd: work });
      expect(drawn.out).toMatch(/\r\x1b\[2Klayer [0-9a-f]{12}: [0-9.]+[kM]?B of [0-9.]+kB/);
      expect(drawn.out).toEndWith("\r\x1b[2Kbig.bin\r\n");
      const plain = await far("ls", name);
      expect({ out: plain.out, err: plain.err }).toEqual({
        out: "big.bin\n",
        err: expect.not.stringContaining("\x1b"),
      });
    },
  );

  test("image diff ends as diff(1) does", async () => {
    const { code, out } = await call("image", "diff", "app:v1", "app:v2");
    expect(code).toBe(1);
    expect(out).toContain("~ Env A 1 → 2\n- Label l 1\n");
    expect(out).toContain("~ /etc/conf  mode 0644 → 0600\n");
    expect(out).toContain("0 added, 2 changed, 0 removed");
    expect(await call("image", "diff", "app:v1", "app:v1")).toEqual({ code: 0, out: "", err: "" });
    expect(await call("image", "diff", "-q", "app:v1", "app:v2")).toMatchObject({ code: 1, out: "" });
    expect(await call("image", "diff", "app:v1", "sha256:00")).toMatchObject({ code: 2, out: "" });
    expect(await call("image", "diff", "app:v1")).toMatchObject({ code: 125 });
    const json = JSON.parse((await call("image", "diff", "--json", "app:v1", "app:v2")).out);
    expect(json).toMatchObject({
      isEqual: false,
      packages: [],
      layers: { shared: [{}], from: [{}], to: [{}] },
    });
  });

  test("image tree shows layers, what made them, and who shares them", async () => {
    const out = await ok("image", "tree", "app:v1");
    expect(out).toMatch(/^app:v1 {2}linux\/\w+ {2}[0-9a-f]{12} {2}\S+ in 2 layers\n├── [0-9a-f]{12} /);
    expect(out).toContain("     COPY top /\n");
    expect(out).toMatch(/shared with \S*app:v2/);
    const [tree] = JSON.parse(await ok("image", "tree", "--json", "app:v1"));
    expect(tree.layers[0]).toMatchObject({ number: 1, instruction: "COPY base /", contentBytes: 3037 });
  });

  test("image waste measures, and fails a pipeline", async () => {
    expect(await ok("image", "waste", "app:v1")).toContain("2         8B        /etc/conf\n");
    expect(await call("image", "waste", "--highest-wasted-bytes", "7B", "app:v1")).toMatchObject({ code: 1 });
    expect(await call("image", "waste", "--highest-wasted-bytes", "8B", "app:v1")).toMatchObject({ code: 0 });
    expect(await call("image", "waste", "--lowest-efficiency", "2", "app:v1")).toMatchObject({ code: 125 });
    // What fails by little is not shown as if it were kept.
    expect((await call("image", "waste", "--lowest-efficiency", "0.99868", "app:v1")).out).toMatch(
      /FAIL: lowestEfficiency: 0\.99867\d+, at least 0\.9987\n/,
    );
    // 8 of the 4 bytes above the base: dive counts every version of a file.
    const verdict = await call("image", "waste", "--ci", "app:v1");
    expect(verdict.code).toBe(1);
    expect(verdict.out).toContain(
      "PASS: lowestEfficiency: 0.9987, at least 0.9000\nFAIL: highestUserWastedPercent: 2.0000",
    );
    writeFileSync(join(work, ".dive-ci"), "rules:\n  highestUserWastedPercent: disabled\n");
    expect(await call("image", "waste", "--ci", "app:v1")).toMatchObject({ code: 0 });
    rmSync(join(work, ".dive-ci"));
    expect(await call("image", "waste", "--ci-config", "nowhere", "app:v1")).toMatchObject({ code: 125 });
  });

  test("an image that is not here is read in its registry", async () => {
    const name = `${server.address}/app:v1`;
    const { code, out, err } = await far("cat", `${name}:/etc/conf`);
    expect({ code, out }).toEqual({ code: 0, out: "two\n" });
    expect(err).toContain(`${name} is not here: looking in ${server.address}\n`);
    expect((await far("ls", `docker://${name}:/etc`)).out).toBe("conf\nos-release\n");
    expect(await far("image", "diff", name, `${server.address}/app:v2`)).toMatchObject({ code: 1 });
    expect((await far("image", "waste", name)).out).toContain("/etc/conf\n");
    expect((await far("images", "-q")).out).toBe("");
  });

  test("image tree asks a registry for each manifest once, and says once that it does", async () => {
    const image = `${server.address}/platforms:v1`;
    await ok("build", "-q", "--platform", "linux/amd64,linux/arm64", "-f", "v1.dockerfile", "-t", image, ".");
    await ok("push", "-q", image);
    const asked: string[] = [];
    using proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname.includes("/manifests/")) asked.push(pathname);
        return fetch(server.url + pathname, { headers: request.headers });
      },
    });
    const { code, out, err } = await far("image", "tree", `127.0.0.1:${proxy.port}/platforms:v1`);
    expect({ code, err }).toEqual({
      code: 0,
      err: `127.0.0.1:${proxy.port}/platforms:v1 is not here: looking in 127.0.0.1:${proxy.port}\n`,
    });
    expect(out.match(/ linux\/\w+ /g)).toEqual([" linux/amd64 ", " linux/arm64 "]);
    expect(asked.length).toBe(3);
    expect(new Set(asked).size).toBe(3);
  });

  test("an image that is here for other platforms is not called absent", async () => {
    const { err } = await call("ls", "--platform", "linux/s390x", `${server.address}/app:v1`);
    expect(err).toContain(`/app:v1 is not here for linux/s390x: looking in ${server.address}\n`);
  });

  test.skipIf(process.getuid?.() !== 0 || missing("unshare", "mount"))(
    "everything is read where the store cannot be written (root)",
    async () => {
      const inside = `mount --bind store store && mount -o remount,bind,ro store && cd . && exec "$@"`;
      const read = (...args: string[]) =>
        runOk(["unshare", "-m", "sh", "-c", inside, "sh", kasane, "--root", "store", ...args], { cwd: work });
      expect(await read("cat", "app:v1:/etc/conf")).toBe("two\n");
      expect(await read("cat", "docker-archive:app.tar:/etc/conf")).toBe("two\n");
      expect(await read("cat", `docker://${server.address}/app:v1:/etc/conf`)).toBe("two\n");
      expect(await read("cp", "app:v1:/etc/conf", "/dev/stdout")).toBe("two\n");
    },
  );

  test("an image of an archive or a layout is read where it is", async () => {
    expect((await far("cat", "docker-archive:app.tar:/etc/conf")).out).toBe("two\n");
    expect((await far("ls", "oci-archive:app.tar:/etc")).out).toBe("conf\nos-release\n");
    mkdirSync(join(work, "layout"), { recursive: true });
    await runOk(["tar", "xf", "app.tar", "-C", "layout"], { cwd: work });
    expect((await far("cat", "oci:layout:/usr/release")).out).toBe("ID=test\n");
    expect(await far("cat", "oci:nowhere:/x")).toMatchObject({ code: 1 });
  });

  test("what was fetched to be looked at is gone, whoever ended it", async () => {
    expect(
      await Array.fromAsync(new Bun.Glob("tmp/*").scan({ cwd: join(work, "empty"), onlyFiles: false })),
    ).toEqual([]);
    expect(await far("fsck")).toMatchObject({ code: 0 });
    await far("image", "prune", "-f");
    expect(await Array.fromAsync(new Bun.Glob("indexes/*/*").scan({ cwd: join(work, "empty") }))).toEqual([]);
  });
});
