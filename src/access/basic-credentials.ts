export interface BasicCredentials {
  readonly userName: string;
  readonly password: string;
}

const limitUserName = 256;
const limitPassword = 1024;

/** The credentials of an `Authorization: Basic` header (RFC 7617, UTF-8). undefined for what is none. */
export function parseBasic(header: string): BasicCredentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon <= 0 || colon > limitUserName || text.length - colon > limitPassword) return undefined;
  return { userName: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The header that parseBasic() reads. */
export function basicHeader({ userName, password }: BasicCredentials): string {
  return `Basic ${Buffer.from(`${userName}:${password}`, "utf8").toString("base64")}`;
}
