export type * from "./access-config.ts";
export * from "./create-access.ts";
export * from "./robot-accounts.ts";
export { parseRobotName, robotPrefix } from "./robot-name.ts";
export { createRobotSecret, hashRobotSecret } from "./robot-secret.ts";
export { encodeRights, type RobotRight } from "./robots.ts";
export { rotateSigningKey } from "./signing-keys.ts";
export { keysPath, type TokenCall, tokenPath } from "./token-endpoint.ts";
