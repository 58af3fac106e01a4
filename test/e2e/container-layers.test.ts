/** What a container is made of, as plain files say, and what is left when many have run. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";

const modes = makeModes();

describe.skipIf(missing("busybox")).each(modes.map((mode) => [mode.name, mode] as const))(
  "the layers of a container as %s",
  (_, mode) => {
    let caller: Caller;
    beforeAll(async () => {
      caller = new Caller(mode);
      await caller.prepare();
    });
    afterAll(() => caller.dispose());
    const ok = async (...argv: string[]) => {
      const outcome = await caller.call(...argv);
      expect(outcome).toMatchObject({ code: 0, err: "" });
      return outcome.out;
    };
    const layersOf = async (name: string) =>
      (await ok("container", "layers", "--format", "{{.Kind}} {{.Directory}}", name))
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" ") as [string, string]);
    const directoryOf = (layers: [string, string][], kind: string) =>
      layers.find(([each]) => each === kind)?.[1] ?? "";

    test("what it writes is copied up, what it removes leaves a mark, and rm takes only its own", async () => {
      await ok(
        "create",
        "--name",
        "one",
        "box",
        "sh",
        "-c",
        "echo x >> /etc/group; echo new > /new; rm /etc/passwd",
      );
      expect(await layersOf("one")).toEqual([
        ["upper", join(caller.root, "containers", caller.leftContainers()[0]!, "upper")],
        ["lower", ""],
      ]);
      await ok("start", "-a", "one");
      const layers = await layersOf("one");
      const [upper, lower] = [directoryOf(layers, "upper"), directoryOf(layers, "lower")];
      expect(readFileSync(join(upper, "new"), "utf8")).toBe("new\n");
      expect(readFileSync(join(upper, "etc/group"), "utf8")).toBe(
        `${readFileSync(join(lower, "etc/group"), "utf8")}x\n`,
      );
      // A character device 0/0; where one cannot be made, a file with an attribute that says the same.
      expect(lstatSync(join(upper, "etc/passwd")).size).toBe(0);
      expect(existsSync(join(lower, "etc/passwd"))).toBe(true);
      await ok("run", "--name", "two", "box", "true");
      expect(directoryOf(await layersOf("two"), "lower")).toBe(lower);
      await ok("rm", "one");
      expect(existsSync(upper)).toBe(false);
      expect(existsSync(join(lower, "etc/passwd"))).toBe(true);
      await ok("rm", "two");
    });

    test("inspect names the same directories, and merged while it runs", async () => {
      const id = (await ok("run", "-d", "--name", "up", "box", "sleep", "1000")).trim();
      const layers = await layersOf("up");
      const { GraphDriver } = (
        JSON.parse(await ok("container", "inspect", "up")) as [{ GraphDriver: unknown }]
      )[0];
      expect(GraphDriver).toEqual({
        Name: "overlay",
        Data: {
          LowerDir: directoryOf(layers, "lower"),
          MergedDir: directoryOf(layers, "merged"),
          UpperDir: join(caller.root, "containers", id, "upper"),
          WorkDir: join(caller.root, "containers", id, "work"),
        },
      });
      expect(directoryOf(layers, "merged")).toMatch(/^\/proc\/\d+\/root$/);
      await ok("rm", "-f", "up");
    });

    const count = mode.user ? 10 : 50;
    test(`${count} started side by side leave nothing behind`, async () => {
      await ok("run", "--rm", "box", "true");
      const outcomes = await Promise.all(
        Array.from({ length: count }, (_, number) =>
          caller.call("run", "--rm", "-m", "64m", "box", "sh", "-c", `echo ${number}`),
        ),
      );
      for (const [number, { code, out }] of outcomes.entries())
        expect({ code, out }).toEqual({ code: 0, out: `${number}\n` });
      expect(await ok("ps", "-aq")).toBe("");
      expect(caller.leftContainers()).toEqual([]);
      expect(readdirSync(join(caller.root, "tmp"))).toEqual([]);
      expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(caller.root);
      expect(processesOf(caller.root)).toEqual([]);
    });
  },
);

/** Command lines of what still runs for a store. */
function processesOf(root: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(root));
}
