import { arch } from "node:process";
import { sysHere } from "../stage/kernel.ts";
import { mailboxBytes } from "./mailbox.ts";
import { x86Agent } from "./x86-agent.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const pageBytes = 4096;

function map(bytes: number): number {
  return sysHere("mmap", 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
}

/** The memory at an address, as it is: nothing frees it. */
function memoryAt(address: number, bytes: number): ArrayBuffer {
  const { toArrayBuffer } = require("bun:ffi") as typeof import("bun:ffi");
  return toArrayBuffer(address as import("bun:ffi").Pointer, 0, bytes);
}

let code: number | undefined;

/** Where the code of agents is; undefined on a processor that there is none for. */
export function agentCode(): number | undefined {
  if (code !== undefined) return code;
  if (arch !== "x64") return undefined;
  const program = x86Agent();
  const address = map(pageBytes);
  new Uint8Array(memoryAt(address, pageBytes)).set(program);
  sysHere("mprotect", address, pageBytes, PROT_READ | PROT_EXEC);
  code = address;
  return address;
}

/** The memory of one agent: its mailbox, and a page for the stack that a new process has to have. */
export interface AgentMemory {
  readonly address: number;
  readonly buffer: ArrayBuffer;
  /** The top of its stack. */
  readonly stack: number;
}

const agentBytes = mailboxBytes + pageBytes;
const free: AgentMemory[] = [];

export function takeMemory(): AgentMemory {
  const known = free.pop();
  if (known !== undefined) {
    new Uint8Array(known.buffer).fill(0);
    return known;
  }
  const address = map(agentBytes);
  return { address, buffer: memoryAt(address, agentBytes), stack: address + agentBytes };
}

/** To be called when the agent has ended. */
export function giveMemory(memory: AgentMemory): void {
  free.push(memory);
}
