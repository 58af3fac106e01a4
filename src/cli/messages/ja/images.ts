import type { Catalogue } from "../catalogue.ts";

/** Listing, looking at and removing images. */
export const images: Catalogue = {
  "WARNING: --size ignored for {*}": "警告: {1}には --size は効きません",
  container: "コンテナ",
  image: "イメージ",
  network: "ネットワーク",
  "--quiet is not supported with --tree": "--quiet は --tree と一緒には使えません",
  "--digests is not supported with --tree": "--digests は --tree と一緒には使えません",
  "{} is not a valid value for --type": "{1} は --type の値として使えません",
  "no such {*}: {}": "{1} {2} はありません",
  "no such {}: {}": "{1} {2} はありません",
  object: "オブジェクト",
  "syntax error in pattern": "パターンの構文が正しくありません",
  "* stands for any characters but a slash, ? for one, [a-z] for one of several":
    "* はスラッシュ以外の任意の文字列、? は任意の一文字、[a-z] はそのうちの一文字を表します",
  "conflict: unable to remove repository reference {} (must force) - container {} is using its referenced image {}":
    "競合: 名前 {1} を取り除けません（--force が必要）- コンテナ {2} がそのイメージ {3} を使っています",
  "conflict: unable to delete {} (cannot be forced) - {*}":
    "競合: {1} を削除できません（強制もできません）- {2}",
  "conflict: unable to delete {} (must be forced) - {*}": "競合: {1} を削除できません（--force が必要）- {2}",
  "image is being used by running container {}": "実行中のコンテナ {1} がこのイメージを使っています",
  "image is being used by stopped container {}": "停止したコンテナ {1} がこのイメージを使っています",
  "image is referenced in multiple repositories": "イメージが複数のリポジトリから参照されています",
  "stop and remove container {} first, or use --force":
    "先にコンテナ {1} を停止して削除するか、--force を付けてください",
  "remove container {} first, or use --force": "先にコンテナ {1} を削除するか、--force を付けてください",
  "stop container {} and remove it first": "先にコンテナ {1} を停止して削除してください",
  "remove it by name, or all its names with --force: {}":
    "名前で削除するか、--force ですべての名前を取り除いてください: {1}",
  "write {*}=true or {*}=false": "{1}=true か {2}=false と書いてください",
  "Show everything about images, containers, networks and volumes as JSON":
    "イメージ、コンテナ、ネットワーク、ボリュームのすべてを JSON で表示する",
  "Show everything about images as JSON": "イメージのすべてを JSON で表示する",
  "Show everything about containers as JSON": "コンテナのすべてを JSON で表示する",
  "state, settings, mounts": "状態、設定、マウント",
  "with the size of what it has written": "書き込んだものの大きさも付けて",
  "Also the sizes of the container's files": "コンテナのファイルの大きさも表示する",
  "Also the sizes of a container's files": "コンテナのファイルの大きさも表示する",
  "with exact times, and sizes in bytes": "正確な時刻と、バイト数で",
  "an image, also where a container has the same name": "同じ名前のコンテナがあっても、イメージを",
  "a container, also where an image has the same name": "同じ名前のイメージがあっても、コンテナを",
  "one part of it": "その一部分",
  "Filters: dangling=true|false, label=KEY[=VALUE], label!=KEY[=VALUE], before=IMAGE, since=IMAGE,\nuntil=TIME or how long ago, reference=PATTERN.":
    "フィルター: dangling=true|false、label=キー[=値]、label!=キー[=値]、before=イメージ、since=イメージ、\nuntil=時刻またはどれだけ前か、reference=パターン。",
  "what a pattern matches; * stops at slashes": "パターンに合うもの。* はスラッシュを越えない",
  "the IDs of images that lost their name": "名前を失ったイメージの ID",
  "what is newer than an image": "あるイメージより新しいもの",
  "A name is taken from its image; the last name takes the image along. An ID takes the image with its name, and\nwith --force all its names. What goes is told line by line: names, image IDs, and layers by their chain IDs.":
    "名前を指定するとイメージからその名前を取り除き、最後の名前ならイメージも消えます。ID を指定するとイメージを名前とともに、\n--force を付ければすべての名前とともに消します。消えるものは一行ずつ示します: 名前、イメージ ID、レイヤー（チェーン ID）。",
  "Remove all names of an ID, and images that containers use; what is not there is no failure":
    "ID のすべての名前と、コンテナが使うイメージも削除する。ないものは失敗としない",
  "Keep untagged parents (Kasane has none: an image is whole by itself)":
    "タグのない親を残す（Kasane に親はない: イメージはそれだけで完結する）",
  "The platform of a multi-platform image (default: this machine's)":
    "マルチプラットフォームイメージのうちのプラットフォーム（既定: このマシンのもの）",
};
