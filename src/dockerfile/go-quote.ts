import { quote } from "../template/quote.ts";

/**
 * A string in double quotes as Go's `%q` prints it. Docker's tools write histories with it, so that equal instructions
 * read the same whoever built the image.
 */
export function goQuote(text: string): string {
  return quote(text);
}

/** `["a" "b"]`: a list of strings as Go's `%q` prints it. */
export function goQuoteList(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(" ")}]`;
}
