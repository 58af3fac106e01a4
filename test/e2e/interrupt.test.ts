/** Whoever interrupts a command that waits, for an answer, for bytes, for a registry, is rid of it at once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, runOk } from "../outside.ts";
import { Session } from "./sandbox/session.ts";

let work: string;
let registry: ReturnType<typeof listen>;
let asked: () => void;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-interrupt-"));
  mkdirSync(join(work, "rootfs"));
  writeFileSync(join(work, "rootfs/Dockerfile"), "FROM scratch\n");
  registry = listen();
  await runOk([...program(), "import", join(work, "rootfs"), `127.0.0.1:${registry.port}/demo:v1`]);
});
afterAll(() => {
  registry.stop(true);
  rmSync(work, { recursive: true, force: true });
});

const program = () => [kasane, "--root", join(work, "store")];

/** Takes what is sent, and never answers. */
function listen() {
  return Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => asked() } });
}

describe("at a question", () => {
  test.each([
    [["image", "prune", "-a"], [/\[y\/N\] $/]],
    [["builder", "prune"], [/\[y\/N\] $/]],
    [["login", "registry.example.com"], [/Username: $/]],
    [
      ["login", "registry.example.com"],
      [/Username: $/, /Password: $/],
    ],
  ])("%p", async (args, questions) => {
    const session = new Session([...program(), ...args]);
    try {
      for (const [index, question] of questions.entries()) {
        await session.see(question);
        session.type(index < questions.length - 1 ? "alice\n" : "\x03");
      }
      await session.see(/\r\nkasane: interrupted\r\n/);
      expect(await session.child.exited).toBe(130);
    } finally {
      session.close();
    }
  });
});

describe("while nothing comes in", () => {
  test.each([
    [["load"]],
    [["import", "-", "other"]],
    [["build", "-"]],
    [["build", "-f", "-", "rootfs"]],
    [["login", "-u", "alice", "--password-stdin", "registry.example.com"]],
    [["system", "prune"]],
  ])("%p", async (args) => {
    const child = Bun.spawn([...program(), ...args], {
      cwd: work,
      stdin: "pipe",
      stdout: "ignore",
      stderr: "pipe",
    });
    try {
      while (!handlesTerm(child.pid)) await Bun.sleep(2);
      child.kill("SIGTERM");
      expect({ code: await child.exited, err: await new Response(child.stderr).text() }).toEqual({
        code: 143,
        err: "kasane: interrupted\n",
      });
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("while a registry says nothing", () => {
  test.each([
    [["push"], ""],
    [["pull"], ""],
    [["ls"], "-other"],
    [["manifest", "inspect"], "-other"],
    [["search"], ""],
  ])("%p", async (args, suffix) => {
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const name = `127.0.0.1:${registry.port}/demo`;
    const child = Bun.spawn([...program(), ...args, args[0] === "search" ? name : `${name}:v1${suffix}`], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    try {
      await isAsked;
      child.kill("SIGINT");
      expect(await child.exited).toBe(130);
      expect(await new Response(child.stderr).text()).toEndWith("kasane: interrupted\n");
    } finally {
      child.kill("SIGKILL");
    }
  });
});

/** Whether the process has got so far that it decides itself what SIGTERM does. */
function handlesTerm(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (BigInt(`0x${caught![1]}`) & (1n << 14n)) !== 0n;
}
