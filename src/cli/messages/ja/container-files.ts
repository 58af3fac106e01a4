import type { Catalogue } from "../catalogue.ts";

export const containerFiles: Catalogue = {
  "source can not be empty": "コピー元が空です",
  "destination can not be empty": "コピー先が空です",
  "cannot copy to {}:{}: there is a device": "{1}:{2} にはコピーできません: そこにはデバイスがあります",
  "cannot copy to {}: a device or pipe takes files only":
    "{1} にはコピーできません: デバイスやパイプにはファイルだけを書けます",
  "copying between containers is not supported": "コンテナからコンテナへのコピーには対応していません",
  "the path in {} can not be empty": "{1} の中のパスは空にできません",
  "copy to this machine first, or pipe one cp into another with -":
    "いったんこのマシンにコピーするか、- を使って cp をパイプでつないでください",
  "one of the two must be in a container": "コピー元とコピー先のどちらかはコンテナの中のパスにしてください",
  "write it CONTAINER:PATH": "コンテナ:パス の形で書いてください",
  "refusing to write a tar to a terminal": "tar を端末には出力しません",
  "redirect the output": "出力をリダイレクトしてください",
  "cannot find the file system of container {}: it just ended":
    "コンテナ {1} のファイルシステムが見つかりません: ちょうど終了したところです",
  "try again": "もう一度試してください",
  "the container's file system could not be mounted": "コンテナのファイルシステムをマウントできませんでした",
  "destination {}:{} must be a directory": "コピー先 {1}:{2} はディレクトリでなければなりません",
  "a tar is unpacked into a directory that is there": "tar は、すでにあるディレクトリに展開します",
  "cannot copy to {}:{}: its root is read-only": "{1}:{2} にコピーできません: ルートが読み取り専用です",
  "it was made with --read-only": "--read-only を付けて作られたコンテナです",
  "free some space where {} is, or copy to another place":
    "{1} のある場所の空きを増やすか、別の場所にコピーしてください",
  "cannot unpack {} into a container": "{1} をコンテナに展開できません",
  "names with .. lead elsewhere, and marks of removed files belong into layers":
    ".. を含む名前は別の場所を指します。削除の印はレイヤーの中だけのものです",
  "no such file in container {}: {}": "コンテナ {1} にそのファイルはありません: {2}",
  "a path is told from the container's root": "パスはコンテナのルートから書いてください",
  "no such directory in container {}: {}": "コンテナ {1} にそのディレクトリはありません: {2}",
  "make it first": "先に作ってください",
  "cannot copy a directory over {}, which is none":
    "ディレクトリでない {1} の上にディレクトリをコピーすることはできません",
  "name a directory, or something that is not there yet": "ディレクトリか、まだない名前を指定してください",
  "cannot copy to {}: no such directory": "{1} にコピーできません: そのディレクトリはありません",
  "make it first, or leave the slash at its end out": "先に作るか、最後のスラッシュを外してください",
  "cannot copy {}: it is not a directory": "{1} をコピーできません: ディレクトリではありません",
  "leave the slash at its end out": "最後のスラッシュを外してください",
  "cannot copy to {}: the directory {} does not exist":
    "{1} にコピーできません: ディレクトリ {2} がありません",
  "cannot copy {}: no such file or directory": "{1} をコピーできません: ファイルもディレクトリもありません",
  "check the path; one in a container is written CONTAINER:PATH":
    "パスを確かめてください。コンテナの中のパスは コンテナ:パス と書きます",
  "cannot copy {}: {}": "{1} をコピーできません: {2}",
  "cannot overwrite non-directory {} with a directory":
    "ディレクトリでない {1} をディレクトリで置き換えることはできません",
  "cannot overwrite directory {} with a non-directory":
    "ディレクトリ {1} をディレクトリでないもので置き換えることはできません",
  "remove it first, or copy to another place": "先に削除するか、別の場所にコピーしてください",
  "out of a container, also one that has ended": "コンテナから。終了したものからでもコピーできる",
  "what is in a directory, into one that may run": "ディレクトリの中身を、実行中でもよいコンテナへ",
  "as a tar": "tar として",
  "a tar, unpacked inside": "tar を中で展開する",
  "Copy what a link as SOURCE leads to, not the link":
    "コピー元がリンクなら、リンクではなくその先をコピーする",
  "Say nothing of success": "成功しても何も表示しない",
  "Make a container without running it": "コンテナを実行せずに作る",
  "Prints its ID. Files can be copied into and out of it.":
    "ID を表示します。できたコンテナにはファイルを入れることも、取り出すこともできます。",
  "a container to look into": "中を見るためのコンテナ",
  "of an image that names no command": "コマンドの指定がないイメージから",
  "No effect, for docker's sake": "効果なし（docker との互換のため）",
  "cannot call an image {}: a digest is not a name that can be given":
    "イメージに {1} という名前は付けられません: ダイジェストは付けられる名前ではありません",
  "write NAME or NAME:TAG": "名前 か 名前:タグ を書いてください",
  "Let it go on meanwhile": "その間コンテナを止めない",
  "List what a container has changed in its file system": "コンテナがファイルシステムに加えた変更を一覧する",
  "A is added, C changed, D deleted. A directory is changed when something in it is.":
    "A は追加、C は変更、D は削除です。中の何かが変われば、ディレクトリも変更になります。",
  "before a commit: what would become the new layer": "commit の前に、新しいレイヤーになるものを見る",
};
