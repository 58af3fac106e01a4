import type { LogConfig } from "../config/server-config.ts";
import { LogFile } from "./log-file.ts";
import { loggedTarget, quoteCombined, quoteJson } from "./log-text.ts";
import { callerOf, lastRequestIdOf } from "./request-notes.ts";

/** A request and its answer, as they were measured. */
export interface AnsweredRequest {
  readonly request: Request;
  readonly status: number;
  readonly sentBytes: number;
  readonly durationMs: number;
  readonly address: string;
}

export interface AccessLog {
  log(answered: AnsweredRequest): void;
  flush(): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One line for each answer: JSON, or what Apache calls combined. Lines are collected and written beside the requests.
 * @throws KasaneError `io`
 */
export async function openAccessLog(options: {
  readonly format: LogConfig["format"];
  readonly fields?: LogConfig["fields"];
  /** Default `-`, standard error. */
  readonly path?: string;
  readonly onError: (error: unknown, droppedLines: number) => void;
}): Promise<AccessLog> {
  const file = await LogFile.open({ path: options.path ?? "-", onError: options.onError });
  const tail = Object.entries(options.fields ?? {})
    .map(([name, value]) => `,${quoteJson(name)}:${quoteJson(value)}`)
    .join("");
  const line = options.format === "json" ? jsonLine : combinedLine;
  return {
    log: (entry) => file.append(line(entry, tail)),
    flush: () => file.flush(),
    reopen: () => file.reopen(),
    close: () => file.close(),
  };
}

function jsonLine(entry: AnsweredRequest, tail: string): string {
  const { request, status, sentBytes, durationMs, address } = entry;
  const user = callerOf(request)?.name ?? "";
  const agent = request.headers.get("user-agent") ?? "";
  return (
    `{"time":"${new Date().toISOString()}","log":"access","id":"${lastRequestIdOf(request)}","client":${quoteJson(address)}` +
    (user === "" ? "" : `,"user":${quoteJson(user)}`) +
    `,"method":${quoteJson(request.method)},"path":${quoteJson(loggedTarget(request.url))},"status":${status}` +
    `,"bytes":${sentBytes},"durationMs":${durationMs.toFixed(2)},"userAgent":${quoteJson(agent)}${tail}}\n`
  );
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As distribution writes it: no referrer is an empty one. */
function combinedLine({ request, status, sentBytes, address }: AnsweredRequest): string {
  const now = new Date();
  const iso = now.toISOString();
  const time = `${iso.slice(8, 10)}/${months[now.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
  const user = quoteCombined(callerOf(request)?.name || "-").replaceAll(" ", "_");
  const agent = quoteCombined(request.headers.get("user-agent") ?? "");
  const referrer = quoteCombined(request.headers.get("referer") ?? "");
  const target = quoteCombined(loggedTarget(request.url));
  return `${quoteCombined(address) || "-"} - ${user} [${time}] "${quoteCombined(request.method)} ${target} HTTP/1.1" ${status} ${sentBytes} "${referrer}" "${agent}"\n`;
}
