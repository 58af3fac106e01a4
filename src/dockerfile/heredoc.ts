import { expandWords } from "./expand.ts";

/** `<<EOF` with the lines up to its end mark. */
export interface Heredoc {
  /** The end mark without quotes: what COPY names the file. */
  readonly name: string;
  /** False where a part of the mark was quoted: variables in the content stay as they are. */
  readonly expand: boolean;
  /** `<<-`: leading tabs go away, before the end mark too. */
  readonly stripTabs: boolean;
  /** As it stands, line ends included. */
  readonly content: string;
}

export type HeredocStart = Omit<Heredoc, "content">;

const pattern = /^\d*<<(-?)\s*([^<]*)$/;
const none = () => undefined;

/** The heredoc that `word` begins, or undefined. */
export function parseHeredocStart(word: string): HeredocStart | undefined {
  const match = pattern.exec(word);
  const mark = match?.[2];
  if (!match || !mark) return undefined;
  const plain = expandWords(mark, none, { keepUnset: true });
  if (plain.length !== 1) return undefined;
  const raw = expandWords(mark, none, { keepUnset: true, keepQuotes: true })[0]!;
  return {
    name: plain[0]!,
    stripTabs: match[1] === "-",
    expand: countQuotes(plain[0]!) === countQuotes(raw),
  };
}

/** The heredocs a logical line begins, in order. A line no shell could split begins none. */
export function heredocsOfLine(line: string): HeredocStart[] {
  if (!line.includes("<<")) return [];
  let words: string[];
  try {
    words = expandWords(line, none, { keepQuotes: true, keepEscapes: true, keepUnset: true });
  } catch {
    return [];
  }
  return words.map(parseHeredocStart).filter((start) => start !== undefined);
}

/** The content with `<<-` applied. */
export function heredocText(heredoc: Heredoc): string {
  return heredoc.stripTabs ? heredoc.content.replaceAll(/^\t+/gm, "") : heredoc.content;
}

function countQuotes(text: string): number {
  return text.replaceAll(/[^'"]/g, "").length;
}
