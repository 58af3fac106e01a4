/** The image of a container's changes: podman and Kasane make the same files, configuration and history of the same container. */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRoot } from "../../busybox-root.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { builtArchive } from "../builders/compare-build.ts";
import { podman, removePodmanStorage, scratch } from "../peers.ts";

const isRoot = process.getuid?.() === 0;
const skip = test.skipIf(!isRoot || missing("podman", "runc", "busybox"));

/** What podman adds to the environment of whatever it runs, and then commits. */
const addedByPodman = /^(container=podman|TERM=xterm|PATH=\/usr\/local\/sbin:.*)$/;

/** Where podman mounts its own things into whatever it runs; it commits what lies below the mounts, empty. */
const mountPoints = /^(dev|proc|sys|run|run\/\.containerenv|etc\/(hosts|hostname|resolv\.conf|mtab)) /;

skip("commit: the same files, settings, author and layers; refusals are the same ones", async () => {
  await using directory = await scratch("podman-commit");
  const at = (name: string) => join(directory.path, name);
  const engine = await podman(at("podman"));
  const ours = (...argv: string[]) => run([kasane, "--root", at("store"), ...argv]);
  const theirs = (...argv: string[]) => run([...engine.argv, ...argv], { env: engine.env });
  try {
    makeBusyboxRoot(at("root"));
    mkdirSync(at("root/etc"));
    writeFileSync(at("root/etc/motd"), "hello\n");
    writeFileSync(at("root/etc/kept"), "kept\n");
    const settings = ["ENV A=1", 'CMD ["true"]', 'ENTRYPOINT ["/bin/busybox"]', "LABEL l=1"];
    const changes = settings.flatMap((text) => ["-c", text]);
    await runOk([kasane, "--root", at("made"), "import", ...changes, at("root"), "base:1"]);
    await runOk([kasane, "--root", at("made"), "save", "-o", at("base.tar"), "base:1"]);

    const script =
      "rm /etc/motd; mkdir -m 750 /n; echo x > /n/f; /bin/busybox ln -s f /n/link; /bin/busybox ln /n/f /n/hard; /bin/busybox chmod 700 /bin";
    const made = [];
    for (const call of [ours, theirs]) {
      const ok = async (...argv: string[]) => {
        const { code, out, err } = await call(...argv);
        if (code !== 0) throw new Error(`${argv.join(" ")}: ${code} ${err}`);
        return out;
      };
      const name = call === ours ? "kasane" : "podman";
      await ok("load", "-q", "-i", at("base.tar"));
      await ok(
        "run",
        "--name",
        "box",
        "--network",
        "none",
        "-e",
        "B=2",
        "-w",
        "/etc",
        "base:1",
        "sh",
        "-c",
        script,
      );
      const diff = await ok("diff", "box");
      const flags = ["-q", "-a", "Somebody", "--iidfile", at(`${name}.id`)];
      for (const text of ["ENV C=3", "EXPOSE 80", 'CMD ["x", "y"]', "USER 5", "LABEL m=2"])
        flags.push("-c", text);
      const id = await ok("commit", ...flags, "box", "out:1");
      await ok("save", "--format", "oci-archive", "-o", at(`${name}.tar`), "out:1");
      const { tree, config } = await builtArchive(at(`${name}.tar`), directory.path);
      const env = (config.Env as string[]).filter((entry) => !addedByPodman.test(entry));
      // podman keeps them in a map, which has no order.
      if (call === ours) expect(env).toEqual(["A=1", "B=2", "C=3"]);
      made.push({
        diff: diff.trim().split("\n").sort(),
        tree: call === ours ? tree : tree.filter((line) => !mountPoints.test(line)),
        config: { ...config, Env: env.sort() },
        author: (await ok("image", "inspect", "--format", "{{.Author}}", "out:1")).trim(),
        layers: JSON.parse(await ok("image", "inspect", "--format", "{{json .RootFS.Layers}}", "out:1"))
          .length,
        steps: (await ok("history", "--format", "{{.Comment}}|", "out:1")).trim().split("\n").length,
        idFile:
          (await Bun.file(at(`${name}.id`)).text()).trim().replace("sha256:", "") ===
          id.trim().replace("sha256:", ""),
      });
    }
    expect(made[0]!.tree).toContainEqual(expect.stringMatching(/^n\/hard file/));
    expect(made[0]!.tree.join("\n")).not.toContain("motd");
    expect(made[0]!).toMatchObject({ author: "Somebody", layers: 2, steps: 2, idFile: true });
    expect(made[0]!).toEqual(made[1]!);

    for (const argv of [
      ["nothing", "x"],
      ["box", "BAD NAME"],
      ["-c", "RUN true", "box"],
    ]) {
      const [mine, other] = await Promise.all([ours("commit", ...argv), theirs("commit", ...argv)]);
      expect({ argv, codes: [mine.code, other.code], out: [mine.out, other.out] }).toEqual({
        argv,
        codes: [1, 125],
        out: ["", ""],
      });
    }
  } finally {
    await removePodmanStorage(at("podman"));
  }
}, 60_000);
