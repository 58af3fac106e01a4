/** Whether this server is alive and whether it should get requests. */
export interface Health {
  /** `/healthz`: 200 at once. */
  alive(): Response;
  /** `/readyz`: 200, or 503 with the names of the checks that fail. Cached for a second. */
  ready(): Promise<Response>;
  /** distribution's `/debug/health`: `{}`, or 503 with reason by check. For the debug address only. */
  debug(): Promise<Response>;
  beginShutdown(): void;
}
