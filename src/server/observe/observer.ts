import type { RegistryEvent, RegistryObserver } from "../../registry/mod.ts";
import { type AuditLog, auditEntryOf } from "./audit-log.ts";
import type { Cell } from "./metric-set.ts";
import type { Metrics } from "./metrics.ts";
import type { PullTimes } from "./pull-times.ts";

export interface ObserverParts {
  readonly metrics?: Metrics["events"];
  readonly audit?: AuditLog;
  readonly notifier?: RegistryObserver;
  readonly pulls?: PullTimes;
}

/** One observer of many. undefined when nobody wants anything: then the registry makes no events at all. */
export function createObserver(parts: ObserverParts): RegistryObserver | undefined {
  const { metrics, audit, notifier, pulls } = parts;
  const wanted = {
    pull: metrics !== undefined || pulls !== undefined || notifier?.wants("pull") === true,
    push: metrics !== undefined || audit !== undefined || notifier?.wants("push") === true,
    mount: metrics !== undefined || audit !== undefined || notifier?.wants("mount") === true,
    delete: metrics !== undefined || audit !== undefined || notifier?.wants("delete") === true,
  };
  if (!Object.values(wanted).includes(true)) return undefined;
  const count = metrics && eventCounter(metrics);
  return {
    wants: (action) => wanted[action],
    happened(event) {
      count?.(event);
      pulls?.note(event);
      const told = notifier?.wants(event.action) ? notifier.happened(event) : undefined;
      if (audit === undefined || event.action === "pull") return told;
      // Both wait for a disk, so at the same time.
      const recorded = audit.record(auditEntryOf(event));
      return told === undefined ? recorded : Promise.all([told, recorded]).then(() => {});
    },
  };
}

type CountedEvent = { count: Cell; bytes: Cell };

function eventCounter({ count, bytes }: Metrics["events"]): (event: RegistryEvent) => void {
  // Looked up without making a key: a pull of a small manifest takes ten times as long as all of this.
  const cells: Partial<
    Record<RegistryEvent["action"], Partial<Record<RegistryEvent["kind"], CountedEvent>>>
  > = {};
  return ({ action, kind, sizeBytes }) => {
    cells[action] ??= {};
    cells[action][kind] ??= { count: count.cell({ action, kind }), bytes: bytes.cell({ action, kind }) };
    const cell = cells[action][kind];
    cell.count.value++;
    if (action === "push" || action === "pull") cell.bytes.value += sizeBytes ?? 0;
  };
}
