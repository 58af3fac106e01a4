export * from "./forward/forwarder.ts";
export * from "./listen.ts";
export {
  chooseOutbound,
  clearOutbound,
  type Outbound,
  type OutboundTarget,
  type OutboundWay,
} from "./outbound/outbound.ts";
export { userNetwork, whyNoTun } from "./outbound/user-mode.ts";
export { isIPv4, isIPv6 } from "./socket-address.ts";
export * from "./switch/claim-address.ts";
export { macText } from "./switch/mac-address.ts";
