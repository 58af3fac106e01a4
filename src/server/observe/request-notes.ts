import type { Caller } from "../../registry/mod.ts";

/**
 * What becomes known about a request on its way, for the logs that are written when it is answered. Kept beside the Request and gone
 * with it.
 */
interface Notes {
  id?: string;
  caller?: Caller;
  /** The client whose upload this is, where those are counted. */
  uploader?: string;
}

const notes = new WeakMap<Request, Notes>();

function notesOf(request: Request): Notes {
  let found = notes.get(request);
  if (found === undefined) {
    found = {};
    notes.set(request, found);
  }
  return found;
}

/** For the last one who asks: the id that others were given, else a new one that is not kept, which spares most requests their notes. */
export function lastRequestIdOf(request: Request): string {
  return notes.get(request)?.id ?? crypto.randomUUID();
}

/** The same for one request in the access log, the audit log and notifications. Made when somebody asks. */
export function requestIdOf(request: Request): string {
  const found = notesOf(request);
  found.id ??= crypto.randomUUID();
  return found.id;
}

export function noteCaller(request: Request, caller: Caller): void {
  notesOf(request).caller = caller;
}

/** Who the guard has taken the request to be from; undefined before it was asked, or when it refused. */
export function callerOf(request: Request): Caller | undefined {
  return notes.get(request)?.caller;
}

export function noteUpload(request: Request, client: string): void {
  notesOf(request).uploader = client;
}

export function uploaderOf(request: Request): string | undefined {
  return notes.get(request)?.uploader;
}
