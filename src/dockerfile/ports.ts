import { ArgumentError } from "./arguments.ts";

/**
 * `80`, `53/udp`, `8000-8002/tcp` → `80/tcp` …: every port of every word, in order. `host:container` forms are
 * accepted as in Docker; only the container's part counts.
 * @throws ArgumentError
 */
export function parsePorts(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const colon = word.lastIndexOf(":");
    const [range, protocol = ""] = split(word.slice(colon + 1), "/");
    const lower = protocol.toLowerCase() || "tcp";
    if (!["tcp", "udp", "sctp"].includes(lower)) {
      throw new ArgumentError(
        `invalid protocol ${JSON.stringify(protocol)} in port ${JSON.stringify(word)}`,
        {
          hint: "the protocol is tcp, udp or sctp",
          mark: word,
        },
      );
    }
    const [first, last = first] = split(range, "-");
    const start = port(first, word);
    const end = port(last, word);
    if (end < start)
      throw new ArgumentError(`port range ${JSON.stringify(word)} ends before it begins`, { mark: word });
    return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${lower}`);
  });
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function port(text: string, word: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  throw new ArgumentError(`invalid port ${JSON.stringify(word)}`, {
    hint: "a port is a number from 0 to 65535, or a range of them",
    mark: word,
  });
}
