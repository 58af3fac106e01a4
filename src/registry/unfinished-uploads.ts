import { clientKey } from "./client-key.ts";
import type { Exchange } from "./context.ts";
import { RegistryFailure } from "./errors.ts";

/** Limits of one client over all it has begun to upload and neither finished nor cancelled: whoever only begins fills the disk. */
export interface UnfinishedLimits {
  /** 0: any number. */
  readonly uploads: number;
  /** Bytes on the disk; 0: any number. */
  readonly bytes: number;
}

/** When trying again may help, s: an upload ends when its client ends it, or is purged. */
const retryAfterS = 60;

/** For the record of a new upload: who it counts for. Absent where nothing is limited. */
function clientOf({ rules, session, peer }: Exchange): { client?: string } {
  return rules.unfinished === undefined ? {} : { client: clientKey(session.caller, peer) };
}

/** Writes down a new upload. @throws RegistryFailure TOOMANYREQUESTS */
export async function openUpload(
  exchange: Exchange,
  upload: { id: string; repository: string; offset: number },
): Promise<void> {
  const { meta, rules } = exchange;
  const record = { ...upload, startedAtMs: Date.now(), ...clientOf(exchange) };
  if (await meta.uploads.put(record, rules.unfinished)) return;
  throw tooMany(rules.unfinished!);
}

/** Before more is sent to an upload: what the client's others have counts. @throws RegistryFailure TOOMANYREQUESTS */
export async function checkOthers(exchange: Exchange, id: string): Promise<void> {
  const { meta, rules } = exchange;
  const { client } = clientOf(exchange);
  if (client === undefined || rules.unfinished === undefined || rules.unfinished.bytes === 0) return;
  const others = await meta.uploads.bytesOf(client, { except: id });
  if (others >= rules.unfinished.bytes) throw tooMany(rules.unfinished);
}

function tooMany({ uploads, bytes }: UnfinishedLimits): RegistryFailure {
  const limits = [uploads > 0 && `${uploads} unfinished uploads`, bytes > 0 && `${bytes} bytes in them`];
  return new RegistryFailure("TOOMANYREQUESTS", {
    message: `one client may have ${limits.filter(Boolean).join(" and ")}: finish or cancel some`,
    headers: { "retry-after": String(retryAfterS) },
  });
}
