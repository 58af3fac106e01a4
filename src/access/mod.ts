export type * from "./access-config.ts";
export * from "./create-access.ts";
export * from "./robot-name.ts";
export * from "./robot-secret.ts";
export { decodeRights, encodeRights, type RobotRight } from "./robots.ts";
export { rotateSigningKey } from "./signing-keys.ts";
export { keysPath, tokenPath } from "./token-endpoint.ts";
