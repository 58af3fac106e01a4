import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { missing } from "../outside.ts";
import { makeModes, StepFixture } from "./sandbox/modes.ts";
import { Session } from "./sandbox/session.ts";

const isMissing = missing("busybox");
const modes = makeModes();

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "a terminal, as %s,",
  (_, mode) => {
    let steps: StepFixture;
    let session: Session;
    const open = (script: string, env: string[] = []) => {
      session = new Session(
        steps.command({
          step: { argv: ["/bin/sh", "-c", script], env, stdio: { kind: "terminal", stdin: true } },
        }),
      );
    };
    beforeEach(() => {
      steps = new StepFixture(mode);
    });
    afterEach(() => {
      session.close();
      steps.dispose();
    });

    test("is the step's own, with the caller's size, and follows it", async () => {
      open(
        'tty; test -t 0 && test -t 1 && test -t 2 && echo all; stty size; echo $TERM; ls -l /dev/console; while [ "$(stty size)" = "30 90" ]; do sleep 0.05; done; stty size; exit 5',
      );
      await session.see(/\/dev\/pts\/0\r\nall\r\n30 90\r\nxterm\r\ncrw--w----.*\/dev\/console\r\n/);
      session.resize(111, 44);
      await session.see(/44 111\r\n/);
      await session.see(/"code":5/);
    });

    test("passes keys on: Ctrl-C interrupts the program, not the one that runs it", async () => {
      open("trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 1; done");
      await session.see(/ready\r\n/);
      session.type("\x03");
      await session.see(/caught\r\n/);
      await session.see(/"code":9/);
    });

    test("gives a shell job control", async () => {
      open("exec sh -i", ["PS1=prompt> "]);
      await session.see(/prompt> /);
      // The job itself says that it has started: before that the key would reach the shell, which ignores it.
      session.type("sh -c 'echo started; exec sleep 1000'\r");
      await session.see(/\nstarted\r\n/);
      session.type("\x1a");
      await session.see(/Stopped/);
      session.type("jobs; fg\r");
      await session.see(/Stopped .*sleep 1000.*\r\n.*sleep 1000.*\r\n/);
      session.type("\x03");
      await session.see(/prompt> /);
      session.type("exit 3\r");
      await session.see(/"code":3/);
    });

    test("is put back as it was", async () => {
      const modesOf = () =>
        Bun.spawnSync(["stty", "-a", "-F", `/proc/${session.child.pid}/fd/0`]).stdout.toString();
      open("echo raw; sleep 0.3; exit 0");
      await session.see(/raw\r\n/);
      expect(modesOf()).toContain("-icanon");
      // The worker prints its result when the terminal is its own again, with newlines made into line ends.
      await session.see(/"code":0.*\r\n/);
      expect(await session.child.exited).toBe(0);
    });

    test("tells what goes wrong before there is one", async () => {
      open("true");
      session.close();
      session = new Session(
        steps.command({ step: { argv: ["/nope"], stdio: { kind: "terminal", stdin: true } } }),
      );
      await session.see(/"exitCode":127/);
    });
  },
);
