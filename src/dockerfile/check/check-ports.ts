import type { ExposeInstruction } from "../instruction.ts";
import type { Warn } from "./check-dockerfile.ts";

/** The words of an EXPOSE, variables filled in. */
export function checkPorts(instruction: ExposeInstruction, warn: Warn): void {
  for (const port of instruction.ports) {
    const container = port.slice(port.lastIndexOf(":") + 1);
    const protocol = container.split("/")[1] ?? "";
    if (protocol !== protocol.toLowerCase()) {
      warn("ExposeProtoCasing", `${port} should be ${port.toLowerCase()}`, instruction);
    }
    // `:80` names neither an address nor a port of a host.
    if (container.length + 1 < port.length) {
      warn("ExposeInvalidFormat", `${port} should be ${container}: EXPOSE publishes nothing`, instruction);
    }
  }
}
