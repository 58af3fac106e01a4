/** Signals to an ordinary user's build and run: the run inside the user namespace and the step end with it, and the store works on. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { Account } from "./rootless/account.ts";
import { makeBase } from "./rootless/material.ts";
import { makeUserModes } from "./sandbox/modes.ts";

const isMissing = missing("busybox", "setcap", "tar");
const users = makeUserModes();

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;

describe.skipIf(isMissing || users.length === 0).each(users.map((mode) => [mode.name, mode] as const))(
  "with %s",
  (_, mode) => {
    let work: string;
    let account: Account;

    beforeAll(async () => {
      work = mkdtempSync(join(tmpdir(), "kasane-ends-"));
      chmodSync(work, 0o755);
      account = new Account(mode);
      await account.ok("import", await makeBase(join(work, "base")), "base:1");
      mkdirSync(account.at("context"));
      writeFileSync(
        account.at("context/Dockerfile"),
        "FROM base:1\nRUN touch /made; echo started; trap '' HUP; sleep 1000\n",
      );
    }, 60_000);
    afterAll(() => {
      account?.dispose();
      rmSync(work, { recursive: true, force: true });
    });

    const script = ["base:1", "sh", "-c", "touch /made; echo started; sleep 1000; true"];
    const calls = {
      build: ["build", "--progress", "plain", "context"],
      run: ["run", ...script],
      "run --rm": ["run", "--rm", ...script],
      "run -i": ["run", "--rm", "-i", ...script],
    };

    /** Starts a command in a process group of its own; back when its step has started. */
    async function begin(argv: readonly string[]) {
      const child = Bun.spawn(account.command(argv), { stdio: ["ignore", "pipe", "pipe"], detached: true });
      const started = Promise.withResolvers<void>();
      const output = Promise.all(
        [child.stdout, child.stderr].map(async (stream) => {
          let text = "";
          for await (const chunk of stream) {
            text += new TextDecoder().decode(chunk);
            if (/^(#\d+ \S+ )?started$/m.test(text)) started.resolve();
          }
          return text;
        }),
      );
      await Promise.race([
        started.promise,
        output.then(([out, err]) => Promise.reject(new Error(`it ended too early: ${out}${err}`))),
      ]);
      return {
        pid: child.pid,
        async ended() {
          const code = await child.exited;
          await output;
          return child.signalCode === null
            ? code
            : 128 + constants.signals[child.signalCode as NodeJS.Signals];
        },
      };
    }

    async function interrupt(argv: readonly string[], signal: NodeJS.Signals, whom: "process" | "group") {
      const call = await begin([account.kasane, ...argv]);
      process.kill(whom === "group" ? -call.pid : call.pid, signal);
      return call.ended();
    }

    const cases = Object.keys(calls).flatMap((name) =>
      signals.flatMap((signal) =>
        (["process", "group"] as const).map((whom) => [name as keyof typeof calls, signal, whom] as const),
      ),
    );
    test.each(cases)("%s ends by %s to the %s, and everything with it", async (name, signal, whom) => {
      expect(await interrupt(calls[name], signal, whom)).toBe(128 + constants.signals[signal]);
      expect(await account.leftProcesses()).toEqual([]);
    });

    test("the store works on, and the next prune clears up", async () => {
      const states = (await account.ok("ps", "-a", "--quiet")).trim().split("\n");
      // One for each run that was not to be removed, and those whose end came too fast to remove them.
      expect(states.length).toBeGreaterThanOrEqual(signals.length * 2);
      await account.ok("system", "prune", "--force");
      expect(await account.ok("ps", "-a", "--quiet")).toBe("");
      for (const name of ["containers", "tmp", "uploads"])
        expect(readdirSync(account.at(".local/share/kasane", name))).toEqual([]);
      expect(await account.ok("run", "--rm", "base:1", "sh", "-c", "echo ran")).toBe("ran\n");
    });

    test("a program that handles a signal gets it, and one that ignores it lives on", async () => {
      const handled = [
        "run",
        "--rm",
        "-i",
        "base:1",
        "sh",
        "-c",
        "trap 'exit 4' TERM HUP; echo started; while :; do sleep 0.05; done",
      ];
      for (const signal of ["SIGTERM", "SIGHUP"] as const)
        expect(await interrupt(handled, signal, "process")).toBe(4);
      const ignored = [
        "run",
        "--rm",
        "-i",
        "base:1",
        "sh",
        "-c",
        "trap '' TERM; echo started; sleep 0.5; exit 3",
      ];
      expect(await interrupt(ignored, "SIGTERM", "process")).toBe(3);
    });

    test("nohup keeps a hang-up away", async () => {
      writeFileSync(account.at("short"), "FROM base:1\nRUN echo started; sleep 0.5\n");
      const calls = [
        ["run", "--rm", "-i", "base:1", "sh", "-c", "echo started; sleep 0.5; exit 6"],
        ["build", "--progress", "plain", "--no-cache", "-f", "short", "context"],
      ];
      const codes: number[] = [];
      for (const argv of calls) {
        const quoted = [account.kasane, ...argv].map((word) => `'${word}'`).join(" ");
        const call = await begin(["/bin/sh", "-c", `trap '' HUP; exec ${quoted}`]);
        process.kill(-call.pid, "SIGHUP");
        codes.push(await call.ended());
      }
      expect(codes).toEqual([6, 0]);
    });
  },
);
