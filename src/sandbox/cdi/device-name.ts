const word = "[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?";
const vendor = "[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?";
const deviceClass = "[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?";
const kindPattern = new RegExp(`^${vendor}/${deviceClass}$`);
const namePattern = new RegExp(`^${word}$`);
const qualifiedPattern = new RegExp(`^${vendor}/${deviceClass}=${word}$`);

/** True for `vendor.com/class=name`; a device's path begins with a slash. */
export function isCdiName(text: string): boolean {
  return qualifiedPattern.test(text);
}

export function isCdiKind(text: string): boolean {
  return kindPattern.test(text);
}

export function isCdiDeviceName(text: string): boolean {
  return namePattern.test(text);
}
