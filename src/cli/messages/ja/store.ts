import type { Catalogue } from "../catalogue.ts";

export const store: Catalogue = {
  "cannot take over {}: it is not a file": "{1} を引き取れません: ファイルではありません",
  "cannot take over {}: it is not there": "{1} を引き取れません: そこにありません",
  "name a file that exists": "実際にあるファイルを指定してください",
  "take over {}": "{1} を引き取る",
  "{} is not a valid upload id": "{1} は正しいアップロード ID ではありません",
  "an upload id is 1 to 200 letters, digits, _ or -, and starts with a letter or digit":
    "アップロード ID は英数字で始まる 1 文字から 200 文字の英数字、_、- です",
  "the end": "末尾",
  "cannot read bytes {} to {*} of blob {}: it has {} bytes":
    "バイト {1} から{2}までを読み取れません: ブロブ {3} は {4} バイトです",
  "cannot read bytes {} to {} of upload {}: it has {} bytes so far":
    "バイト {1} から {2} までを読み取れません: アップロード {3} はまだ {4} バイトです",
  "cannot store blob {}: the {} bytes received have digest {}":
    "ブロブ {1} を保存できません: 届いた {2} バイトのダイジェストは {3} です",
  "the data was damaged on its way or at its source; try again":
    "データが途中か送り元で壊れています。もう一度試してください",
  "cannot hash {}: the file was given up": "{1} のハッシュを計算できません: ファイルが手放されました",
  "cannot hash {}: {}": "{1} のハッシュを計算できません: {2}",
  "cannot hash {}: {*}": "{1} のハッシュを計算できません: {2}",
  "read {*}": "{1} を読み取る",
  "blob {} is not in {}": "ブロブ {1} は {2} にありません",
  "'kasane fsck' tells what is missing, and what to pull, load or push again":
    "何が足りず、何を pull、load、push し直せばよいかは 'kasane fsck' が示します",
  "open blob {}": "ブロブ {1} を開く",
  "blob {}": "ブロブ {1}",
  "resume upload {}": "アップロード {1} を再開する",
  "delete blob {}": "ブロブ {1} を削除する",
  "begin upload {}": "アップロード {1} を始める",
  "make the directory for uploads in {}": "{1} にアップロード用のディレクトリを作る",
  "list {}": "{1} を一覧する",
  "look at {}": "{1} を調べる",
  "upload {} exists already": "アップロード {1} はすでにあります",
  "resume it, or choose another id": "続きから再開するか、別の ID を選んでください",
  write: "書き込み",
  "keep upload {}": "アップロード {1} を保管する",
  "read upload {}": "アップロード {1} を読み取る",
  commit: "確定",
  "upload {} was cancelled": "アップロード {1} は中止されました",
  "upload {} is used after its end": "アップロード {1} が終了後に使われました",
  "{*} upload {}": "アップロード {2} を{1}する",
  "the file became shorter": "ファイルが短くなりました",
  "blob {} is not in memory": "ブロブ {1} はメモリーにありません",
  "push it again: memory is empty after each start":
    "もう一度 push してください。メモリーは起動のたびに空になります",
  "put blob {}": "ブロブ {1} を置く",
  "cannot {*}: no space left on the device": "{1}ことができません: デバイスに空き容量がありません",
  "cannot {*}: the disk quota is used up": "{1}ことができません: ディスクの割り当てを使い切りました",
  "free some space: unused images and build cache can be pruned":
    "空き容量を増やしてください。使っていないイメージとビルドキャッシュは prune で消せます",
  "cannot {*}: the file system is read-only": "{1}ことができません: ファイルシステムが読み取り専用です",
  "cannot {*}: permission denied": "{1}ことができません: 権限がありません",
  "check who owns the store's directory and whether it may be written":
    "ストアのディレクトリの所有者と、書き込みが許可されているかを確かめてください",
  "cannot {*}: {*}": "{1}ことができません: {2}",
  "the container name {} is in use by container {}": "コンテナ名 {1} はコンテナ {2} が使っています",
  "remove that container, or choose another name": "そのコンテナを削除するか、別の名前を選んでください",
  "several containers have an id that starts with {}": "ID が {1} で始まるコンテナがいくつもあります",
  "give more digits of the id, or the name": "ID の桁をもっと指定するか、名前を指定してください",
  "cannot sync {}: {*}": "{1} を同期できません: {2}",
  "cannot name image {}: its manifest is not in the store":
    "イメージ {1} に名前を付けられません: そのマニフェストがストアにありません",
  "pull, load or build it again": "pull、load、build のどれかをやり直してください",
  "cannot use {}: another process is still removing it": "{1} は使えません: 別のプロセスがまだ削除しています",
  "wait for the prune that is running to end, and try again":
    "実行中の prune が終わるのを待って、もう一度試してください",
  "cannot use {}: it is being removed": "{1} は使えません: 削除されているところです",
  "hold it, and try again": "保持してから、もう一度試してください",
  "the lease on what is being written has ended, and its data may be gone":
    "書き込み中のもののリースが切れました。データは失われたかもしれません",
  "this process was stopped for too long; run the command again":
    "このプロセスは長く止められすぎました。コマンドをもう一度実行してください",
  "the registry": "レジストリ",
  "cannot add {} bytes to {*}: its quota is {} bytes, and {} are in use; delete manifests that are not needed, or have the quota raised":
    "{2}に {1} バイトを追加できません: 容量の上限は {3} バイトで、{4} バイトが使われています。不要なマニフェストを削除するか、上限を上げてもらってください",
  "a manifest deleted by digest stops counting at once, with the blobs that only it names":
    "ダイジェストで削除したマニフェストは、それだけが参照しているブロブとともに、すぐに容量に数えられなくなります",
  "tag {} of {} is immutable: it stays at {}; push under another tag":
    "{2} のタグ {1} は変更不可です: {3} のままです。別のタグで push してください",
  "the registry's rules say which tags are immutable":
    "どのタグが変更不可かは、レジストリのルールが決めています",
  "cannot delete {} from {}: tag {} needs it, which is immutable":
    "{2} から {1} を削除できません: 変更不可のタグ {3} が必要としています",
  "there is a robot {} already": "ロボット {1} はすでにあります",
  "choose another name, or give it a new secret: kasane registry robot rotate":
    "別の名前を選ぶか、kasane registry robot rotate で新しいシークレットを与えてください",
  "open {*}": "{1} を開く",
  read: "読み取る",
  "cannot {*} {}: a newer Kasane has changed its schema since this process opened it":
    "{2} を{1}ことができません: このプロセスが開いた後に、新しい Kasane がスキーマを変えました",
  "start this process again, with the newer Kasane": "新しい Kasane でこのプロセスを始め直してください",
  "cannot open {}: schema {} is newer than the {} this version of Kasane works with":
    "{1} を開けません: スキーマ {2} は、この版の Kasane が扱う {3} より新しいものです",
  "cannot open {}: schema {} is older than the {} this version of Kasane works with":
    "{1} を開けません: スキーマ {2} は、この版の Kasane が扱う {3} より古いものです",
  "use the newer Kasane that wrote it": "それを書いた新しい Kasane を使ってください",
  "open it once without read-only to migrate it": "一度、書き込める状態で開いて移行してください",
  "no space left on the device": "デバイスに空き容量がありません",
  "free some space: unused images can be pruned":
    "空き容量を増やしてください。使っていないイメージは prune で消せます",
  "another process kept it locked for {} s": "別のプロセスが {1} 秒の間ロックしたままでした",
  "the file is damaged or not Kasane's; the blobs beside it are not affected":
    "ファイルが壊れているか、Kasane のものではありません。隣にあるブロブに影響はありません",
  "cannot store the image: its manifest names {} layers, its config {}":
    "イメージを保存できません: マニフェストのレイヤーは {1} 個、設定では {2} 個です",
  "cannot store the image: layer {} unpacks to {}, and its config says {}":
    "イメージを保存できません: レイヤー {1} を展開すると {2} になり、設定では {3} となっています",
  "cannot store the image: it needs blob {}, which is not in the store":
    "イメージを保存できません: 必要なブロブ {1} がストアにありません",
  "get the image again from where it came; a part of it did not arrive":
    "イメージを元の場所から取得し直してください。一部が届きませんでした",
  "cannot store the image: its manifest says that blob {} has {} bytes, and it has {}":
    "イメージを保存できません: マニフェストではブロブ {1} は {2} バイトですが、実際は {3} バイトです",
  "cannot tell where to keep images: user {} has no home directory":
    "イメージの置き場所が決まりません: ユーザー {1} にホームディレクトリがありません",
  "set HOME or KASANE_ROOT, or name a directory with --root":
    "HOME か KASANE_ROOT を設定するか、--root でディレクトリを指定してください",
  "what was to be read ended early": "読み取るはずのものが途中で終わりました",
  "{*} is the beginning of several image ids": "{1} で始まるイメージ ID がいくつもあります",
  "give more digits: {}": "桁をもっと指定してください: {1}",
  "no such image: {}": "そのようなイメージはありません: {1}",
  "list the images that are here, or pull it":
    "kasane images で手元のイメージを一覧するか、pull してください",
  "keep the index of layer {}": "レイヤー {1} の索引を保管する",
  "read the index of layer {}": "レイヤー {1} の索引を読み取る",
  "write {}": "{1} を書き込む",
  "manifest {} is not in the store": "マニフェスト {1} はストアにありません",
  "image {} is not here for the platform {}": "イメージ {1} はプラットフォーム {2} のものが手元にありません",
  "none of its images is in this store: see which there are with kasane manifest inspect {}":
    "このストアには中のイメージがひとつもありません: 何があるかは kasane manifest inspect {1} で見られます",
  "it is here for {}; pull it with --platform {}":
    "手元にあるのは {1} のものです。--platform {2} を付けて pull してください",
  "cannot name an image {}: a digest cannot be given to an image":
    "イメージに {1} という名前は付けられません: ダイジェストは名前にできません",
  "use a name with a tag, or without one for :latest":
    "タグの付いた名前を使ってください。タグがなければ :latest になります",
  "this is not a container image but an artifact of type {}":
    "これはコンテナイメージではなく、{1} という種類のアーティファクトです",
  "cannot store blob {}: it has {} bytes, and {} has room for {}":
    "ブロブ {1} を保存できません: {2} バイトありますが、{3} の空きは {4} バイトです",
  "cannot store blob {}: more than the announced {} bytes arrived":
    "ブロブ {1} を保存できません: 予告された {2} バイトより多く届きました",
  "cannot store blob {}: its source ended after {} of {} bytes":
    "ブロブ {1} を保存できません: {3} バイトのうち {2} バイトで終わりました",
  "try again: what arrived is kept": "もう一度試してください。届いた分は残っています",
  "remove {}": "{1} を削除する",
  "there is no image store in {}": "{1} にイメージストアがありません",
  "the first pull, load or build makes one": "最初の pull、load、build のときに作られます",
  "open the image store in {}": "{1} のイメージストアを開く",
  "cannot open the image store in {}: it belongs to somebody else":
    "{1} のイメージストアを開けません: ほかのだれかのものです",
  "cannot open the image store in {}: it belongs to user {}":
    "{1} のイメージストアを開けません: ユーザー {2} のものです",
  "choose another place with --root or KASANE_ROOT": "--root か KASANE_ROOT で別の場所を選んでください",
  "run kasane as that user (sudo -u '#{}' kasane …), or choose another place with --root or KASANE_ROOT":
    "そのユーザーで kasane を実行する（sudo -u '#{1}' kasane …）か、--root か KASANE_ROOT で別の場所を選んでください",
  "cannot open the image store in {}: its database meta.db is gone":
    "{1} のイメージストアを開けません: データベース meta.db がなくなっています",
  "put meta.db back; or move the directory away and read its images again from blobs/ with another tool":
    "meta.db を元に戻してください。または、ディレクトリを別の場所へ移し、ほかのツールで blobs/ からイメージを読み直してください",
  "cannot keep images in {}: it is an OCI image layout that another program made":
    "{1} にはイメージを置けません: ほかのプログラムが作った OCI イメージレイアウトです",
  "cannot keep images in {}: the directory holds something else ({}, …)":
    "{1} にはイメージを置けません: ディレクトリに別のものがあります（{2} など）",
  "cannot keep images in {}: the directory holds something else ({})":
    "{1} にはイメージを置けません: ディレクトリに別のものがあります（{2}）",
  "choose an empty or new directory with --root or KASANE_ROOT":
    "--root か KASANE_ROOT で、空のディレクトリか新しいディレクトリを選んでください",
  "cannot store manifest {}: its bytes have digest {}":
    "マニフェスト {1} を保存できません: そのバイトのダイジェストは {2} です",
  "list what there is with images": "何があるかは kasane images で一覧できます",
  "the image was pulled for other platforms only":
    "このイメージは別のプラットフォーム用だけが pull されています",
  "choose a place of your own with --root or KASANE_ROOT, or run as the user who owns this one":
    "--root か KASANE_ROOT で自分の場所を選ぶか、所有者のユーザーで実行してください",
  "the image says that blob {} has {} bytes, and the one in the store has {}":
    "イメージではブロブ {1} は {2} バイトですが、ストアにあるものは {3} バイトです",
  "keep the files of layer {}": "レイヤー {1} のファイルを残す",
  "unpack layer {}": "レイヤー {1} を展開する",
  "cannot unpack layer {}: its blob was damaged in the store":
    "レイヤー {1} を展開できません: ストアの中でブロブが壊れています",
  "remove the images that have it, and pull or load them again":
    "それを使うイメージを削除し、pull か load をやり直してください",
  "the layer links to {}, which no lower layer has":
    "レイヤーが {1} にリンクしていますが、下のレイヤーのどれにもありません",
  "the layer links to {}, which is behind a symlink":
    "レイヤーが {1} にリンクしていますが、シンボリックリンクの先にあります",
  "read {}": "{1} を読み取る",
  "make a work directory in {}": "{1} に作業用ディレクトリを作る",
};
