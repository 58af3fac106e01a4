import { closeSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { CLONE_NEWNET, socketCalls } from "../socket-calls.ts";
import { joinNetwork } from "../switch/switch-port.ts";
import type { ForwardOrder } from "./forwarder.ts";
import { Poll, READABLE } from "./poll.ts";
import { forwardTcp } from "./tcp-forward.ts";
import { forwardUdp } from "./udp-forward.ts";

const tickMs = 10_000;

/** The thread that forwards: it lives in the container's network, and has the listeners of this machine's from whoever started it. */
function run({ namespace, address, listeners, ports, stop }: ForwardOrder): void {
  const { call, check } = socketCalls();
  const fd = openSync(namespace, "r");
  check(call.setns(fd, CLONE_NEWNET), "setns", namespace);
  closeSync(fd);
  const poll = new Poll();
  const ticks: (() => void)[] = [];
  for (const { fd, protocol, target } of listeners) {
    if (protocol === "tcp") forwardTcp(poll, fd, address, target);
    else ticks.push(forwardUdp(poll, fd, address, target));
  }
  const leave = ports.map((port) => joinNetwork(poll, port));
  let isOver = false;
  poll.add(stop, READABLE, () => {
    isOver = true;
  });
  parentPort!.postMessage("ready");
  poll.run(
    () => isOver,
    tickMs,
    () => {
      for (const tick of ticks) tick();
    },
  );
  for (const end of leave) end();
  poll.close();
}

run(workerData as ForwardOrder);
