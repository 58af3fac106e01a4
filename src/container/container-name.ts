import { KasaneError } from "../lib/mod.ts";

/** Qualities of paper, weather and stone: a name is one of each list, and easy to say aloud. */
const qualities =
  `amber brisk calm clear crisp dusky eager early even fair faint fine fleet folded frosty gentle gilded glad
  golden grand hazel hidden humble icy jolly keen kind late light lively lucid lunar mellow merry mild misty modest mossy neat nimble
  noble pale patient placid plain polite proud quick quiet rapid ripe rosy rustic sandy serene shady sharp silent silver simple sleek
  slender smooth snowy soft solar solid spare starry steady still stout sunny swift tidy tranquil true upright vivid warm wild windy
  wise young`.split(/\s+/);
/** Things that come in layers, or that one meets beside a path. */
const things =
  `acorn agate alder almond anchor apricot ash aspen bamboo barley basalt bay beacon beech birch bough breeze bridge brook
  canyon cedar cherry chestnut cliff cloud clover comet copper coral cove crane creek cypress dawn delta dune ember falcon feather fern
  fir fjord flint forest garnet glacier granite grove harbor hawk heath heron hill hollow island ivy jade juniper kestrel lagoon lake
  lantern larch lark laurel lichen lily linden lotus maple marble marsh meadow mesa mica mill moon moss oak onyx opal orchard osprey
  otter oyster pearl pebble pine plum pond poplar prairie quarry quartz rain raven reed reef ridge river robin sage shale shell slate
  sparrow spring spruce star stone stream summit swan tern thistle tide topaz valley walnut wave wharf willow wren yew`.split(
    /\s+/,
  );

/** `quiet_willow`; with a number where such a name was taken before. */
export function randomContainerName(attempt = 0): string {
  const of = (words: readonly string[]) => words[Math.floor(Math.random() * words.length)]!;
  const name = `${of(qualities)}_${of(things)}`;
  return attempt === 0 ? name : `${name}${Math.floor(Math.random() * 10 ** Math.min(attempt, 6))}`;
}

const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

export function isContainerName(text: string): boolean {
  return validName.test(text) && text.length <= 128;
}

/**
 * A name for a new container, without the `/` that docker tells it with.
 * @throws KasaneError `usage` with this exit code
 */
export function newContainerName(given: string, exitCode: number): string {
  const name = given.replace(/^\//, "");
  if (isContainerName(name)) return name;
  throw new KasaneError("usage", `invalid container name ${JSON.stringify(given)}`, {
    hint: "two characters or more: letters, digits, and after the first of them _ . -",
    data: { exitCode },
  });
}

/** 64 hex digits. The first twelve are shown, and are no decimal number: such a host name is taken for an address. */
export function randomContainerId(): string {
  for (;;) {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    if (!/^\d+$/.test(id.slice(0, 12))) return id;
  }
}
