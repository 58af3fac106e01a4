import { startAgentStage } from "./agent/agent-stage.ts";
import { type MountCommand, type StageNamespaces, startProcesses, type WaitingStage } from "./launch.ts";

/** Starts a stage. What an agent cannot do, programs do. */
export function startStage(namespaces: StageNamespaces, mount?: MountCommand): WaitingStage {
  const stage = mount === undefined ? startAgentStage(namespaces) : undefined;
  if (stage?.isThere()) return stage;
  stage?.kill();
  return startProcesses(namespaces, mount);
}

/** startStage() that waits for nothing: whether it came to be, isThere() says later. */
export function startStageAhead(namespaces: StageNamespaces): WaitingStage {
  return startAgentStage(namespaces) ?? startProcesses(namespaces);
}
