export * from "./forward/forwarder.ts";
export * from "./listen.ts";
export * from "./outbound.ts";
export { isIPv4, isIPv6 } from "./socket-address.ts";
export * from "./switch/claim-address.ts";
export { macText } from "./switch/mac-address.ts";
