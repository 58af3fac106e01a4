import type { DeviceNode } from "../isolation.ts";

/** A device node that is shown inside. What is absent is the host's. */
export interface EditedNode extends Partial<DeviceNode> {
  readonly path: string;
  readonly hostPath: string;
  readonly permissions: string;
}

export interface EditedMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly options: readonly string[];
}

/** A program that a runtime of the OCI calls. */
export interface Hook {
  readonly hookName: string;
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
}

/** What a device changes of the container that gets it. */
export interface ContainerEdits {
  readonly env: readonly string[];
  readonly deviceNodes: readonly EditedNode[];
  readonly mounts: readonly EditedMount[];
  readonly hooks: readonly Hook[];
  readonly additionalGids: readonly number[];
}

export interface CdiDevice {
  /** `vendor.com/class=name` */
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly edits: ContainerEdits;
  /** Of the specification: made once, for the first of its devices. */
  readonly commonEdits: ContainerEdits;
}
