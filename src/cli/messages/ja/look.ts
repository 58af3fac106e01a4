import type { Catalogue } from "../catalogue.ts";

export const look: Catalogue = {
  // ls, cat, cp
  "List files in an image": "イメージの中のファイルを一覧表示する",
  "Print files of an image": "イメージの中のファイルを出力する",
  "IMAGE is a name or ID of the store, else a name in a registry; docker://NAME is always the registry's, and oci:DIR[:REF], oci-archive:FILE[:REF] and docker-archive:FILE[:REF] are read where they are. Nothing is unpacked, and of a remote image only what is needed is fetched.":
    "IMAGE はストアにある名前か ID、なければレジストリにある名前です。docker://NAME は常にレジストリのものを指し、oci:DIR[:REF]、oci-archive:FILE[:REF]、docker-archive:FILE[:REF] はその場で読みます。何も展開せず、リモートのイメージからは必要な部分だけを取得します。",
  "the root directory of an image": "イメージのルートディレクトリ",
  "a directory, with attributes; of a registry's image where it is not here":
    "ディレクトリを属性つきで。手元になければレジストリのイメージから",
  "everything below, and which layer brought it": "その下のすべてと、それをもたらしたレイヤー",
  "of the registry's image, as JSON": "レジストリのイメージから、JSON で",
  "Mode, owner, size, time and link target": "モード、所有者、サイズ、時刻、リンク先も表示する",
  "Everything below as well": "その下もすべて表示する",
  "Names that begin with a dot as well": "ドットで始まる名前も表示する",
  "The directory itself, not what is in it": "中身ではなくディレクトリそのものを表示する",
  "Sizes as 1.2kB, with -l": "-l のサイズを 1.2kB の形で表示する",
  "Which layer brought each file, and the instruction that made it":
    "各ファイルをもたらしたレイヤーと、それを作った命令も表示する",
  "Print JSON": "JSON で出力する",
  "Symlinks are followed inside the image. Bytes are written as they are, also to a terminal, as cat(1) does.":
    "シンボリックリンクはイメージの中でたどります。cat(1) と同じく、端末にもバイト列をそのまま書き出します。",
  "a file of an image": "イメージの中のファイル",
  "of a registry's image, without pulling it": "pull せずに、レジストリのイメージから",
  "several, one after the other": "複数のファイルを順に",
  "image {} has no file {}": "イメージ {1} にファイル {2} はありません",
  "cannot print {} of image {}: it is {*}": "イメージ {2} の {1} は出力できません: {3}です",
  "a directory": "ディレクトリ",
  "a character device": "キャラクターデバイス",
  "a block device": "ブロックデバイス",
  "a fifo": "FIFO ",
  "list what is there with ls": "ls で何があるかを確かめられます",
  "look at it with tar t": "tar t で中身を確かめてください",
  "list it with ls": "ls で一覧できます",
  "{} names no file: it must be IMAGE:/PATH":
    "{1} にファイルの指定がありません: IMAGE:/PATH の形で指定してください",
  "refusing to write an archive to a terminal: redirect the output":
    "端末にアーカイブは書き出しません: 出力をリダイレクトしてください",
  "{} of image {} is not a directory": "イメージ {2} の {1} はディレクトリではありません",
  "cannot copy a directory to {}, which is none":
    "{1} はディレクトリではないので、ディレクトリをコピーできません",
  "cannot copy to {}: {*}": "{1} にコピーできません: {2}",
  "cannot copy: there is no directory {}": "コピーできません: ディレクトリ {1} がありません",
  "cannot replace the directory {} by something else":
    "ディレクトリ {1} をほかのもので置き換えることはできません",
  "cannot replace {} by a directory: it is none":
    "{1} はディレクトリではないので、ディレクトリで置き換えることはできません",
  "move it away first, or copy to another place": "先に移動するか、別の場所にコピーしてください",

  "Copy files between a container and this machine, or out of an image":
    "コンテナとこのマシンの間で、またはイメージから、ファイルをコピーする",
  "out of an image, without a container": "コンテナを作らずに、イメージから",
  "out of a registry's image": "レジストリのイメージから",
  "What comes out keeps its owner; out of an image, xattrs too":
    "取り出すものの所有者を保つ。イメージからは拡張属性も",
  "Into a directory that is there, a thing goes under its own name, else under the new name; DIR/. is what is in the directory. - is a tar on standard input or output. What is no container is an image, as ls takes it: of the store, a registry or a file.":
    "既にあるディレクトリの中へは元の名前で、それ以外は新しい名前でコピーします。DIR/. はディレクトリの中身です。- は標準入力や標準出力の tar です。コンテナでないものは、ls と同じくストア、レジストリ、ファイルのイメージとして扱います。",

  // image diff
  "Show what differs between two images": "二つのイメージの違いを表示する",
  "Files, packages (dpkg, apk and rpm), configuration and layers. The exit code is diff(1)'s: 0 when the images are equal, 1 when they differ, 2 when that could not be found out. Times do not count, nor how files are spread over layers, unless asked for.":
    "ファイル、パッケージ（dpkg、apk、rpm）、設定、レイヤーを比べます。終了コードは diff(1) と同じで、等しければ 0、違えば 1、調べられなければ 2 です。指定しない限り、時刻と、ファイルがどのレイヤーにあるかは比べません。",
  "everything that changed": "変わったものすべて",
  "with what a registry has": "レジストリにあるものと比べる",
  "only equal when every byte of their layers is": "レイヤーがバイト単位で同じときだけ等しいとする",
  "for programs": "プログラム向け",
  "Times of files and of the image count as well": "ファイルとイメージの時刻も比べる",
  "Other layers with the same files count as a difference": "ファイルが同じでも、レイヤーが違えば違いとする",
  "Print nothing: only the exit code": "何も出力せず、終了コードだけを返す",

  // image tree
  "Show the layers of an image, and who shares them":
    "イメージのレイヤーと、それを共有するイメージを表示する",
  "Sizes are what is transferred and, where it is known, what the files take. Of a multi-platform image every platform that is there is shown.":
    "サイズは転送される量と、分かる場合はファイルの占める量です。マルチプラットフォームのイメージは、あるプラットフォームをすべて表示します。",
  "layers with their instructions, base first": "レイヤーとその命令を、ベースから順に",
  "one platform, with whole digests and instructions":
    "一つのプラットフォームを、ダイジェストと命令を省略せずに",
  "Whole digests and instructions": "ダイジェストと命令を省略しない",

  // image waste
  "Show what an image's layers hold for nothing": "イメージのレイヤーにある無駄を表示する",
  "Efficiency and wasted bytes are dive's: files that stand in several layers, or are taken away by a later one. With a limit, or --ci, the exit code is 1 when one is not kept.":
    "効率と無駄なバイト数は dive の定義に従います。複数のレイヤーにあるファイルや、後のレイヤーで消されたファイルが対象です。上限を指定するか --ci をつけると、守られていないときの終了コードは 1 になります。",
  "the figures, and the paths that cost most": "数値と、無駄の大きいパス",
  "in a pipeline": "パイプラインの中で",
  "with the limits of a .dive-ci file, else dive's": ".dive-ci の上限、なければ dive の既定値で",
  "Fail below this efficiency": "効率がこれより低ければ失敗とする",
  "Fail above this many wasted bytes (20MB)": "無駄なバイト数がこれを超えれば失敗とする（20MB）",
  "Fail above this part of all layers but the base":
    "ベース以外のレイヤーに占める割合がこれを超えれば失敗とする",
  "Check the limits of .dive-ci in this directory; 0.9, none and 0.1 where it says nothing":
    "このディレクトリの .dive-ci の上限を確かめる。書かれていなければ 0.9、なし、0.1",
  "Check the limits of this file": "このファイルの上限を確かめる",
  "Every path": "すべてのパスを表示する",
  "As dive has it": "dive との互換のため",
  ".dive-ci: {*}": ".dive-ci: {1}",
  "cannot read {*}: {*}": "{1} を読み取れません: {2}",
  "the rules are no YAML: {*}": "規則が YAML ではありません: {1}",
  "rules is no map": "rules がマップではありません",
  "there is no rule {}": "{1} という規則はありません",
  "the rules are {}": "規則は {1} です",
  "{} cannot be the value of {}": "{1} は {2} の値にできません",
  "give a size such as 20MB, or disabled": "20MB のようなサイズか disabled を指定してください",
  "give a number from 0 to 1, or disabled": "0 から 1 までの数か disabled を指定してください",

  // Where images are, and their layers
  "{} is not here for {}: looking in {}": "{1} は {2} 用が手元にありません: {3} を調べます",
  "{} of image {} is a symlink that leads nowhere: to {}":
    "イメージ {2} の {1} は、何もない場所を指すシンボリックリンクです: 指す先は {3}",
  "{} is not here: looking in {}": "{1} は手元にありません: {2} を調べます",
  "layer {}: {} of {}": "レイヤー {1}: {3} のうち {2}",
  "{} layers: {} of {}": "レイヤー {1} 個: {3} のうち {2}",
  "layer {}: reading all {} of it once, to check it": "レイヤー {1}: 確かめるため、全体（{2}）を一度読みます",
  "images cannot be looked into at {}://": "{1}:// にあるイメージの中は見られません",
  "use a name, docker://NAME, oci:DIR, oci-archive:FILE or docker-archive:FILE":
    "名前、docker://NAME、oci:DIR、oci-archive:FILE、docker-archive:FILE のいずれかを使ってください",
  "no path is given for {}:": "{1}: のパスが指定されていません",
  "archive {} has no image": "アーカイブ {1} にイメージがありません",
  "archive {} has {} images: name the one you mean":
    "アーカイブ {1} にはイメージが {2} 個あります: どれかを指定してください",
  "archive {} has no image {}": "アーカイブ {1} にイメージ {2} はありません",
  "the archive has {}": "アーカイブにあるのは {1} です",
  "cannot keep what was fetched to be looked at: {*}": "見るために取得したものを保存できません: {1}",
  "the head of a layer": "レイヤーの先頭",
  "a part of a layer": "レイヤーの一部",
  "the table of contents of a layer": "レイヤーの目次",
  "the layer does not hold the content of {}": "レイヤーに {1} の内容がありません",
  "the content of {} is not the one that its layer tells of": "{1} の内容がレイヤーの記すものと違います",
  "a part of a layer came shorter than it was asked for": "レイヤーの一部が、求めたより短く届きました",
  "a part of a file is not the one that the layer's table of contents tells of":
    "ファイルの一部が、レイヤーの目次の記すものと違います",
  "the layer's table of contents cannot be used: {}: {*}": "レイヤーの目次を使えません: {1}: {2}",
  "the table of contents of layer {} cannot be used: {*}": "レイヤー {1} の目次を使えません: {2}",
  "the table of contents of layer {} is not the one its manifest names":
    "レイヤー {1} の目次が、マニフェストの記すものと違います",
  "the table of contents of layer {} is larger than the limit of {} bytes":
    "レイヤー {1} の目次が上限の {2} バイトを超えています",
  "the layer's table of contents is no JSON: {*}": "レイヤーの目次が JSON ではありません: {1}",
  "the layer's table of contents has no entries": "レイヤーの目次に entries がありません",
  "the layer's table of contents has more than {} entries":
    "レイヤーの目次の項目が上限の {1} 個を超えています",
  "a path in the layer's table of contents is longer than {} bytes":
    "レイヤーの目次に {1} バイトを超えるパスがあります",
  "it is a part of no file": "どのファイルの一部でもありません",
  "it is no object": "オブジェクトではありません",
  "name or type is missing": "name か type がありません",
  "the field {} is no size": "フィールド {1} がサイズではありません",
  "the field {} is no text": "フィールド {1} が文字列ではありません",
  "the type {} is not known": "種類 {1} は未知のものです",
  "it has no digest": "ダイジェストがありません",
  "its parts do not follow each other": "部分が連続していません",
  "its parts are larger than the file": "部分の合計がファイルより大きくなっています",
  "its parts are smaller than the file": "部分の合計がファイルより小さくなっています",
  "it lies outside the layer": "レイヤーの外にあります",
  "its digest is none": "ダイジェストの形をしていません",
  "an xattr is no text": "拡張属性が文字列ではありません",
  "the layer has no footer that names it": "レイヤーに目次の場所を示すフッターがありません",
  "it is not called stargz.index.json": "名前が stargz.index.json ではありません",
  "its annotations are incomplete": "アノテーションが足りません",
  "its type {} is not known": "種類 {1} は未知のものです",
  "it is too large": "大きすぎます",
  owner: "所有者",
  content: "内容",
  time: "時刻",
};
