import { type Image, imageFrom } from "../image/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";

/** The image a container stands on: it is there as long as the container is, also where nobody can find it by a name any more. */
export function containerImage(store: LocalStore, container: Pick<Container, "manifest">): Promise<Image> {
  return imageFrom(store.source(container.manifest));
}
