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

function eventCounter({ count, bytes }: Metrics["events"]): (event: RegistryEvent) => void {
  const cells = new Map<string, { count: Cell; bytes: Cell }>();
  return ({ action, kind, sizeBytes }) => {
    const key = `${action} ${kind}`;
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { count: count.cell({ action, kind }), bytes: bytes.cell({ action, kind }) };
      cells.set(key, cell);
    }
    cell.count.value++;
    if (action === "push" || action === "pull") cell.bytes.value += sizeBytes ?? 0;
  };
}
