import type { Catalogue } from "../catalogue.ts";

export const layer: Catalogue = {
  "{} is larger than the limit of {} bytes": "{1} は上限の {2} バイトを超えています",
  "it is a hard link to {}, which is not there": "ハードリンク先の {1} がありません",
  "cannot set the file capabilities of {} ({})": "{1} のファイルケーパビリティを設定できません（{2}）",
  "the store must be on a file system that keeps security.capability (ext4, xfs, btrfs, tmpfs)":
    "ストアは security.capability を保持するファイルシステム（ext4、xfs、btrfs、tmpfs）に置いてください",
  "no file can have the owner {}:{}": "ファイルの所有者を {1}:{2} にはできません",
  "the decompressed content is larger than the limit of {} bytes":
    "伸張した内容が上限の {1} バイトを超えています",
  "{*} has no compression level {}": "{1} に圧縮レベル {2} はありません",
  "leave the level out": "レベルの指定をやめてください",
  "use a level from 1 to {}": "1 から {1} までのレベルを使ってください",
  "cannot make a layer: the name of {} would remove a file":
    "レイヤーを作れません: {1} という名前は、ファイルの削除を意味します",
  "in layers, names that start with .wh. stand for removed files":
    "レイヤーでは、.wh. で始まる名前は削除されたファイルを表します",
  "the directory of {} is gone": "{1} のあるディレクトリがなくなりました",
  "cannot mark {} as opaque ({})": "{1} をオペークにできません（{2}）",
  "the store must be on a file system with {}.* extended attributes":
    "ストアは {1}.* の拡張属性が使えるファイルシステムに置いてください",
  "cannot read {} from its layer: the layer index does not fit the layer":
    "レイヤーから {1} を読み取れません: レイヤーの索引がレイヤーと合いません",
  "the index can be made again from the layer": "索引はレイヤーから作り直せます",
  "the last line is cut": "最後の行が途中で切れています",
  "version {} is not known": "バージョン {1} は未知のものです",
  "the diffID is not a digest": "diffID がダイジェストではありません",
  "lines are missing": "行が足りません",
  "cannot read layer index: {*}": "レイヤーの索引を読み取れません: {1}",
  "line {}: {*} is wrong": "{1} 行目: {2} が正しくありません",
  "line {}: {*} is not a number": "{1} 行目: {2} が数値ではありません",
  '".wh." names cannot be directories': '".wh." で始まる名前はディレクトリにできません',
  "it hides nothing that has a name": "名前のあるものを何も隠していません",
  "the hard link {} to": "次のものへのハードリンク {1}:",
  "it holds a NUL character": "NUL 文字が含まれています",
  "it leaves the root directory": "ルートディレクトリの外に出ています",
  "the entry": "エントリー",
  "cannot use the layer: {*} {}: {*}": "このレイヤーは使えません: {1} {2}: {3}",
  "its target {} is not there, or not a file": "リンク先の {1} がないか、ファイルではありません",
  "{} above it is not a directory": "上にある {1} がディレクトリではありません",
  "the symlinks above it lead nowhere": "上にあるシンボリックリンクがどこにもたどり着きません",
  "cannot use layer {}: entry {}: {*}": "レイヤー {1} は使えません: エントリー {2}: {3}",
  "the layer does not hold {} where its index says": "レイヤーの中の、索引が示す場所に {1} がありません",
  "the content of {} in its layer is damaged": "レイヤーの中の {1} の内容が壊れています",
  "remove the images that have the layer, and pull or load them again":
    "このレイヤーを使うイメージを削除し、pull か load をやり直してください",
  "the root directory cannot be hidden": "ルートディレクトリは隠せません",
  "the root is not a directory": "ルートがディレクトリではありません",
  "the symlink has no target": "シンボリックリンクにリンク先がありません",
  "a hard link cannot point to the root directory": "ハードリンクはルートディレクトリを指せません",
  "a name in it is longer than {} bytes": "中の名前が {1} バイトより長くなっています",
  "cannot use layer: entry {}: {*}": "このレイヤーは使えません: エントリー {1}: {2}",
  "the path {} is longer than {} bytes": "パス {1} が {2} バイトより長くなっています",
  "the directory {} went away while it was read": "ディレクトリ {1} が読み取りの途中でなくなりました",
  "cannot make a layer: {} only refers to a lower layer (overlay {})":
    "レイヤーを作れません: {1} は下のレイヤーを参照しているだけです（overlay {2}）",
  "the overlay must be mounted with redirect_dir=off,metacopy=off":
    "overlay は redirect_dir=off,metacopy=off でマウントしなければなりません",
  "it is a hard link to a directory": "ディレクトリへのハードリンクです",
  "cannot unpack {}: no space left on the device": "{1} を展開できません: デバイスに空き容量がありません",
  "cannot unpack {}: the disk quota is used up":
    "{1} を展開できません: ディスクの割り当て(クォータ)を使い切りました",
  "cannot unpack {}: {*}": "{1} を展開できません: {2}",
  "cannot unpack {}: a name is too long for a file system":
    "{1} を展開できません: ファイルシステムには長すぎる名前です",
  "keeping owners needs root, or root in a user namespace":
    "所有者を保つには、root であるか、ユーザー名前空間の root である必要があります",
  "its owner is not mapped into the user namespace: give the user a larger range in /etc/subuid and /etc/subgid":
    "所有者がユーザー名前空間に割り当てられていません。/etc/subuid と /etc/subgid で、もっと広い範囲をユーザーに割り当ててください",
  "its directory is gone": "それがあるディレクトリがなくなりました",
  "there are too many symlinks on the way": "途中のシンボリックリンクが多すぎます",
  "{} is not a directory": "{1} がディレクトリではありません",
  "cannot decompress: there is something after the end of the {*}":
    "伸張できません: {1} の終わりの後に余分なものがあります",
  "cannot decompress: the {*} is truncated": "伸張できません: {1} が途中で切れています",
  "cannot decompress: damaged {*}: {*}": "伸張できません: {1} が壊れています: {2}",
  "cannot decompress: the zstd is truncated": "伸張できません: zstd が途中で切れています",
  "cannot decompress: there is something after the end of the zstd":
    "伸張できません: zstd の終わりの後に余分なものがあります",
  "{} is not a length of time": "{1} は時間の長さではありません",
  "write a number with a unit, for example 90s, 1h30m or 7d":
    "数に単位を付けて書いてください。例: 90s、1h30m、7d",
  "a NUL character": "NUL 文字",
  "half of a surrogate pair": "サロゲートペアの片割れ",
  "the name {} holds {*}": "名前 {1} に{2}が含まれています",
  "another process has been changing {} for 10 seconds": "別のプロセスが 10 秒前から {1} を変更しています",
  "wait for it to end, and try again": "終わるのを待って、もう一度試してください",
  "cannot use the C library: {*}": "C ライブラリを使えません: {1}",
  "Kasane runs on Linux with glibc or musl, on x86-64 and arm64":
    "Kasane が動くのは、x86-64 と arm64 の、glibc か musl を使う Linux です",
  "{} is not a size": "{1} はサイズではありません",
  "write a number of bytes, or one with a unit, for example 500MB or 4GiB":
    "バイト数、または単位を付けた数を書いてください。例: 500MB、4GiB",
  "{*} is larger than the limit of {} bytes": "{1} は上限の {2} バイトを超えています",
  "cannot read tar: global headers are longer than {} bytes":
    "tar を読み取れません: グローバルヘッダーが {1} バイトより長くなっています",
  "cannot write {} to a tar: {*}": "{1} を tar に書き込めません: {2}",
  "the path is empty": "パスが空です",
  "only directories end in a slash": "スラッシュで終わるのはディレクトリだけです",
  "a name holds a NUL byte": "名前に NUL バイトが含まれています",
  "the link has no target": "リンクにリンク先がありません",
  "only links have a target": "リンク先を持てるのはリンクだけです",
  "the mode {} is not one": "モード {1} が正しくありません",
  "the owner is not a number": "所有者が数値ではありません",
  "the size is not a number": "サイズが数値ではありません",
  "only files have a size": "サイズを持てるのはファイルだけです",
  "the device number does not fit": "デバイス番号が収まりません",
  "the modification time is not a time": "更新時刻が時刻ではありません",
  "cannot read tar: the {*} of a header is not a number":
    "tar を読み取れません: ヘッダーの {1} が数値ではありません",
  "cannot read tar: {*} {} does not fit into 32 bits":
    "tar を読み取れません: {1} {2} が 32 ビットに収まりません",
  "cannot read tar: a sparse map does not fit the stored size":
    "tar を読み取れません: スパースマップが保存されたサイズと合いません",
  "the content of a tar member was asked for after the next member":
    "tar のメンバーの内容が、次のメンバーに進んだ後で求められました",
  "the content of a tar member was asked for twice": "tar のメンバーの内容が 2 回求められました",
  "within the content of a member": "メンバーの内容の途中",
  "the content of a tar member was read after the next member":
    "tar のメンバーの内容が、次のメンバーに進んだ後で読まれました",
  "within a header": "ヘッダーの途中",
  "a zero block stands between two members": "メンバーとメンバーの間にゼロのブロックがあります",
  "the size is negative": "サイズが負の数です",
  "{} has the unknown type {}": "{1} の種類 {2} は未知のものです",
  "contents are larger than {} bytes": "内容の合計が {1} バイトを超えています",
  "more than {} bytes follow its end": "終わりの後に {1} バイトより多くのデータが続いています",
  "a sparse file has an unknown version": "スパースファイルの版が未知のものです",
  "the extended header at byte {} is longer than {} bytes":
    "バイト {1} にある拡張ヘッダーが {2} バイトより長くなっています",
  "within an extended header": "拡張ヘッダーの途中",
  "within a member": "メンバーの途中",
  "the path {}… is longer than {} bytes": "パス {1}… が {2} バイトより長くなっています",
  "it has more than {} entries": "エントリーが {1} 個を超えています",
  "after an extended header": "拡張ヘッダーの直後",
  "{} cannot be written as a file name": "{1} はファイル名として書けません",
  "it holds half of a surrogate pair": "サロゲートペアの片割れが含まれています",
  "not UTF-8": "UTF-8 ではありません",
  "a record does not start with its length": "レコードが長さで始まっていません",
  "the length of a record is wrong": "レコードの長さが正しくありません",
  "a record has no key": "レコードにキーがありません",
  "{} is not a time": "{1} は時刻ではありません",
  "{*} is not a number": "{1} は数値ではありません",
  "{*} holds a NUL byte": "{1} に NUL バイトが含まれています",
  "cannot read tar: PAX header: {*}": "tar を読み取れません: PAX ヘッダー: {1}",
  "the archive ends within the map": "アーカイブがマップの途中で終わっています",
  "the map is longer than the content": "マップが内容より長くなっています",
  "a line of the map is too long": "マップの行が長すぎます",
  "a length is missing": "長さがありません",
  "{} is not a number": "{1} は数値ではありません",
  "pieces overlap or lie beyond the end of the file":
    "断片が重なっているか、ファイルの終わりより後にあります",
  "cannot read tar: a sparse map is longer than {} bytes":
    "tar を読み取れません: スパースマップが {1} バイトより長くなっています",
  "cannot read tar: sparse file: {*}": "tar を読み取れません: スパースファイル: {1}",
  "cannot read tar: at byte {*}: {*}": "tar を読み取れません: バイト {1}: {2}",
  "cannot read tar: it ends {*} (which begins at byte {})":
    "tar を読み取れません: バイト {2} から始まる{1}で終わっています",
  "the archive is truncated": "アーカイブが途中で切れています",
  "cannot read tar: {*}": "tar を読み取れません: {1}",
  "the checksum of a header is wrong": "ヘッダーのチェックサムが合いません",
  "this is not a tar archive": "これは tar アーカイブではありません",
  "this is {}, not tar": "これは tar ではなく {1} です",
  "cannot write {} to a tar: {} bytes were promised, {} came":
    "{1} を tar に書き込めません: {2} バイトのはずが {3} バイトでした",
  "the file changed while it was read": "読み取っている間にファイルが変わりました",
};
