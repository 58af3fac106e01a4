/** Where identities come from, that may change while the registry runs: a file, a table. */
export interface Source {
  /** What was learnt from the source holds while this stays the same. */
  readonly version: number;
  /** Looks for changes, where it was not done lately. Called before every use, so: nearly always synchronous and nearly free. */
  refresh(nowMs: number): undefined | Promise<void>;
}
