import type { Catalogue } from "../catalogue.ts";

/** What things take, and taking it back. */
export const space: Catalogue = {
  "the latest used stay, up to 5 GB": "最近使ったものを 5 GB まで残す",
  "Also results that local images have the layers of": "ローカルのイメージがレイヤーを持つ結果も対象にする",
  "Only what matches, for example until=24h": "条件に合うものだけ。例: until=24h",
  "Keep so much of what was used last": "最近使ったものをこの大きさだけ残す",
  "every container that does not run": "動いていないコンテナをすべて削除する",
  "those made more than a day ago, without asking": "1 日以上前に作られたものを、確認せずに削除する",
  "Removes images without a name, and whatever an interrupted command left behind. With one of the --keep flags it removes tags instead: of every repository those that no flag keeps, and images with their last tag. What a container uses stays in any case.":
    "名前のないイメージと、中断されたコマンドが残したものを削除します。--keep で始まるフラグを付けると、代わりにタグを削除します。リポジトリごとに、どのフラグも残さないタグを外し、最後のタグとともにイメージも削除します。コンテナが使っているものは必ず残ります。",
  "those that were made more than 30 days ago": "30 日以上前に作られたものを削除する",
  "what keeping the last three tags would free": "最後の 3 つのタグを残すとどれだけ空くかを表示する",
  "two version lines, and latest": "2 つのバージョン系列と latest を残す",
  "platforms and sizes: moved, stored, unpacked, shared, freed":
    "プラットフォームごとの大きさ（転送・保存・展開・共有・解放）を表示する",
  "Platforms of each image, with what they take, share, and would free":
    "イメージごとにプラットフォームと、使用量・共有分・削除で空く量を表示する",
  "The sizes are docker's: unpacked layers, each once. With -v a last table tells what Kasane really stores of each image and platform, what of it is shared, and what removing it would free.":
    "大きさは docker と同じで、展開したレイヤーを 1 回ずつ数えます。-v の最後の表は、Kasane が実際に保存している量を、イメージとプラットフォームごとに、共有分と削除で空く量とともに示します。",
  "one line for each kind of thing": "種類ごとに 1 行で表示する",
  "every image, container and result of a build": "イメージ、コンテナ、ビルド結果を 1 つずつ表示する",
  "the same for a program, with figures in bytes": "同じ内容をプログラム向けに、バイト単位で出力する",
  "Each thing by itself": "1 つずつ表示する",
  "stopped containers, unused networks, images without a name, unused build cache":
    "停止したコンテナ、使われていないネットワーク、名前のないイメージ、使われていないビルドキャッシュを削除する",
  "only what is older than a day": "1 日より古いものだけを削除する",
  "Only what matches, for example dangling=true": "条件に合うものだけ。例: dangling=true",
  "'kasane {*}' filters by {}": "'kasane {1}' で使えるフィルターは {2} です",
  "give it once, as how long ago: 24h": "1 回だけ、24h のように経過時間で指定してください",
  "give until once": "until は 1 回だけ指定してください",
  "write a time like 2026-01-31T10:00:00, or how long ago like 24h":
    "2026-01-31T10:00:00 のような時刻か、24h のような経過時間を書いてください",
  "Only what matches: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]":
    "条件に合うものだけ: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]",
  "Of each repository keep the N tags given last": "リポジトリごとに、最後に付けた N 個のタグを残す",
  "Keep tags given within this time: 30d": "この期間に付けたタグを残す: 30d",
  "container {} uses its image": "コンテナ {1} がイメージを使っている",
  "invalid filter '{*}=[{}]'": "フィルター '{1}=[{2}]' が正しくありません",
  "--filter cannot be used together with --keep flags":
    "--filter は --keep で始まるフラグと一緒には使えません",
  "--tree prints a table or json": "--tree で使える形式は table と json です",
  'The "until" filter is not supported with "--volumes"':
    '"--volumes" を付けると "until" フィルターは使えません',
  'invalid argument {} for "-f, --filter" flag: bad format of filter (expected name=value)':
    '"-f, --filter" フラグの値 {1} が正しくありません。name=value の形で書きます',
  "all stopped containers": "停止したコンテナすべて",
  "all networks not used by at least one container": "どのコンテナも使っていないネットワークすべて",
  "all images without at least one container associated to them": "どのコンテナも使っていないイメージすべて",
  "all dangling images": "名前のないイメージすべて",
  "all build cache": "ビルドキャッシュすべて",
  "all dangling build cache": "使われていないビルドキャッシュすべて",
  "WARNING! This will remove:": "警告: 次のものを削除します:",
  "Items to be pruned will be filtered with:": "次の条件に合うものだけを対象にします:",
  "WARNING! This will remove all build cache.": "警告: ビルドキャッシュをすべて削除します。",
  "WARNING! This will remove all dangling build cache.":
    "警告: 使われていないビルドキャッシュをすべて削除します。",
  "WARNING! This will remove all stopped containers.": "警告: 停止したコンテナをすべて削除します。",
  "WARNING! This will remove {} of {} tags, which frees {}.":
    "警告: {2} 個のタグのうち {1} 個を削除し、{3} を空けます。",
  "there is no repository like {}: 'kasane images' lists those there are":
    "{1} に合うリポジトリはありません: 何があるかは 'kasane images' で一覧できます",
  "{} of {} tags would go, which frees {}": "{2} 個のタグのうち {1} 個がなくなり、{3} が空きます",
  "Remove all stopped containers": "停止したコンテナをすべて削除する",
  "Remove build cache": "ビルドキャッシュを削除する",
  "Show what images, containers and build cache take":
    "イメージ、コンテナ、ビルドキャッシュの使用量を表示する",
  "Without -a the results that local images have the layers of stay. Filters: until=24h (not used for so long), id, type (regular, exec.cachemount, source.local), description, inuse, shared, private, mutable, immutable; with != and ~= as well.":
    "-a がなければ、ローカルのイメージがレイヤーを持つ結果は残ります。フィルター: until=24h（この間使われていない）、id、type（regular, exec.cachemount, source.local）、description、inuse、shared、private、mutable、immutable。!= と ~= も使えます。",
  "--keep-storage is the older name of --reserved-space: give one of them":
    "--keep-storage は --reserved-space の古い名前です。どちらか一方を指定してください",
  "Keep no more than that": "これより多くは残さない",
  "Remove until so much is free on the disk": "ディスクの空きがこれだけになるまで削除する",
  "The older name of --reserved-space": "--reserved-space の古い名前",
  "Everything about each that is removed": "削除したもののすべての情報を表示",
  "write a regular expression": "正規表現を書いてください",
  "what no local image has": "どのローカルイメージも持たないものを削除する",
  "whatever was not used for a week": "1 週間使われていないものを削除する",
  "how many tags to keep is a whole number, 0 or more": "残すタグの数は 0 以上の整数で書いてください",
};
