import { expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, readlinkSync } from "node:fs";
import { privilege } from "../privilege.ts";
import { AT_FDCWD, close, partDescriptors, performedBy, sys, sysAll } from "../stage/kernel.ts";
import { AgentGone } from "./agent.ts";
import { type Agents, startAgents } from "./start-agents.ts";

const isPossible = process.arch === "x64" && privilege() !== "none";
const own = { pid: "private", ipc: "private", uts: "private", cgroup: "private" } as const;

async function withAgents(work: (agents: Agents) => void): Promise<void> {
  const agents = startAgents({ network: "none", mounts: [], confinement: { namespaces: own } })!;
  try {
    expect(agents.first([["umask", 0o022]])).toHaveLength(1);
    work(agents);
  } finally {
    agents.kill();
    expect(await agents.ended()).toBe(137);
  }
}

const linkOf = (path: string) => {
  const text = new Uint8Array(64);
  const length = sys("readlinkat", AT_FDCWD, path, text, text.length);
  return new TextDecoder().decode(text.subarray(0, length));
};

test.skipIf(!isPossible)("an agent calls the kernel from namespaces of its own, with our memory", () =>
  withAgents(({ agent }) => {
    const names = ["mnt", "uts", "ipc", "net", "pid", "user"];
    const theirs = performedBy(agent, () => names.map((name) => linkOf(`/proc/self/ns/${name}`)));
    const ours = names.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    expect(theirs.map((link, index) => link === ours[index])).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  }),
);

test.skipIf(!isPossible)(
  "what an agent opens is open here until they part, and failures have their names",
  () =>
    withAgents(({ agent }) => {
      performedBy(agent, () => {
        const fd = sys("openat", AT_FDCWD, "/proc/self/status", 0, 0);
        expect(fstatSync(fd).isFile()).toBe(true);
        expect([...agent.opened]).toEqual([fd]);
        close(fd);
        expect(() => fstatSync(fd)).toThrow("EBADF");
        expect(() => sys("openat", AT_FDCWD, "/nowhere/at/all", 0, 0)).toThrow(
          'ENOENT: openat "/nowhere/at/all"',
        );
        partDescriptors([]);
        const apart = sys("openat", AT_FDCWD, "/", 0o200000, 0);
        const mine = openSync("/dev/null", "r");
        expect(mine).toBe(apart);
        close(apart);
        expect(fstatSync(mine).isCharacterDevice()).toBe(true);
        closeSync(mine);
      });
    }),
);

test.skipIf(!isPossible)(
  "as many calls as one likes are made at once, and one that failed is no hindrance",
  () =>
    withAgents(({ agent }) => {
      const results = performedBy(agent, () =>
        sysAll(
          Array.from({ length: 250 }, (_, index) => (index === 100 ? ["fchdir", -1] : ["umask", 0o022])),
        ),
      );
      expect(
        results
          .map((result, index) => (result === 0o022 ? index : -result))
          .filter((_, index) => index === 100),
      ).toEqual([9]);
      expect(new Set(results).size).toBe(2);
    }),
);

test.skipIf(!isPossible)("one that has ended is said to be gone", async () => {
  const agents = startAgents({ network: "host", mounts: [], confinement: { namespaces: own } })!;
  expect(agents.first([["umask", 0o022]])).toHaveLength(1);
  agents.kill();
  await agents.ended();
  expect(agents.first([["umask", 0o022]])).toBeUndefined();
  expect(() => performedBy(agents.agent, () => sys("umask", 0))).toThrow(AgentGone);
});
