import type { Catalogue } from "../catalogue.ts";

/** Searching registries, and what is told of this program and machine. */
export const remote: Catalogue = {
  "Search a registry for images": "レジストリでイメージを探す",
  "TERM is looked for on Docker Hub, or with HOST/TERM in another registry: in its index where it has one, else among the names of its repositories, which HOST/ lists whole.":
    "TERM を Docker Hub で探します。HOST/TERM と書くと別のレジストリで探します。そのレジストリに索引があれば索引で、なければリポジトリの名前から探します。HOST/ だけなら全部の名前を表示します。",
  "on Docker Hub": "Docker Hub で探す",
  "repositories of a registry with 'app' in their name": "名前に 'app' を含むリポジトリ",
  "names only": "名前だけ",
  "stars=NUMBER (at least), is-official=true|false": "stars=数 (それ以上)、is-official=true|false",
  "At most so many, 1 to {} (default {})": "最大の件数。1 から {1} まで (既定は {2})",
  "Whole descriptions": "説明を省略しない",
  "The tags of the repository TERM": "リポジトリ TERM のタグを表示する",
  "limit {} is outside the range of [1, {}]": "件数 {1} は [1, {2}] の範囲にありません",
  "invalid filter {}: stars=NUMBER or is-official=true|false":
    "フィルター {1} は使えません: stars=数 か is-official=true|false を指定してください",
  "cannot search {}: the answer is not a list of images":
    "{1} を検索できません: 応答がイメージの一覧ではありません",
  "cannot search {}: the list": "{1} を検索できません: 一覧",
  "Print a script that completes commands in a shell": "シェルでコマンドを補完するスクリプトを表示する",
  "Commands, flags and their values, names of images and containers, and files. The script asks kasane at every tab, so it need not be made again after an update.":
    "コマンド、フラグとその値、イメージとコンテナの名前、ファイルを補完します。スクリプトは Tab を押すたびに kasane に尋ねるので、更新の後に作り直す必要はありません。",
  "for bash": "bash 用",
  "for zsh, with ~/.zfunc in fpath before compinit": "zsh 用。compinit の前に ~/.zfunc を fpath に入れておく",
  "for fish": "fish 用",
  "for {}": "使えるのは {1} です",
  "there is no completion for {}": "{1} の補完はありません",
  "single facts, by docker's names": "docker と同じ名前で一つずつ",
  "In docker's layout. There is no server: every command does its own work, so .Server is nothing, as docker has it where no daemon answers.":
    "docker と同じ並びです。サーバーはなく、どのコマンドも自分で仕事をするので、デーモンが応答しないときの docker と同じく .Server は空です。",
  "the number only": "番号だけ",
  "One line, as --version prints": "--version と同じ一行",
  "Where images are kept": "イメージを保存する場所",
  "Help for this command": "このコマンドのヘルプ",
};
