/** Which errors of the source say what to do next. */
import * as is from "typescript/unstable/ast/is";
import { type ParsedFile, walk } from "./parse-source.ts";
import { TextFlow } from "./text-flow.ts";

export interface ErrorSite {
  readonly place: string;
  /** Every code it can have; `{}` for one that is given from elsewhere. */
  readonly codes: readonly string[];
  readonly message: string;
}

/** Every `new KasaneError(…)` without a hint. */
export function errorsWithoutHint(files: readonly ParsedFile[]): ErrorSite[] {
  const flow = new TextFlow(files);
  const sites: ErrorSite[] = [];
  for (const call of flow.callsOf("KasaneError")) {
    if (!is.isNewExpression(call)) continue;
    const [code, message, details] = call.arguments ?? [];
    if (details && mentionsHint(details)) continue;
    if (!code || !message) continue;
    sites.push({ place: flow.place(call), codes: flow.formsOf(code), message: flow.textOf(message) });
  }
  return sites;
}

function mentionsHint(details: Parameters<typeof walk>[0]): boolean {
  for (const node of walk(details)) if (is.isIdentifier(node) && /hint/i.test(node.text)) return true;
  return false;
}
