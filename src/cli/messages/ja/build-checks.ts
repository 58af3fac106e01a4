import type { Catalogue } from "../catalogue.ts";

/** What a build warns of. */
export const buildChecks: Catalogue = {
  "the file asks for the frontend {}; Kasane reads it as a Dockerfile all the same":
    "このファイルはフロントエンド {1} を求めています。Kasane は Dockerfile として読みます",
  "build arguments that no ARG asks for: {}": "どの ARG も使わないビルド引数: {1}",
  "only your own uid is available (see 'kasane info'): what RUN gives to other users belongs to root in the image":
    "使えるのはあなた自身の uid だけです（'kasane info' を参照）: RUN がほかのユーザーに渡したものは、イメージでは root のものになります",
  "with the defaults of its ARGs, {} names no image": "ARG の既定値では、{1} はイメージの名前になりません",
  "no ARG {} stands above the first FROM": "最初の FROM より上に ARG {1} がありません",
  "no ARG {} stands above the first FROM: did you mean {}?":
    "最初の FROM より上に ARG {1} がありません。{2} のことですか?",
  "--platform={} can go: it is so anyway": "--platform={1} は不要です。指定しなくても同じです",
  "--platform={} makes every build one for {}": "--platform={1} があると、いつも {2} 用のビルドになります",
  "{} is for {}, not for {}": "{1} は {2} 用で、{3} 用ではありません",
  "{} should be {}": "{1} は {2} と書いてください",
  "{} should be {}: EXPOSE publishes nothing": "{1} は {2} と書いてください。EXPOSE はポートを公開しません",
  "write {} {}=… instead of {} {} …": "{3} {4} … ではなく {1} {2}=… と書いてください",
  "ENV {} looks like a secret": "ENV {1} は秘密の値のようです",
  "ARG {} looks like a secret": "ARG {1} は秘密の値のようです",
  "where WORKDIR {} is depends on the base image": "WORKDIR {1} の場所はベースイメージによって変わります",
  "{} as JSON would start the program itself, not a shell":
    "{1} を JSON で書けば、シェルではなくプログラム自身が起動します",
  "another {} below replaces this one": "下にある別の {1} がこれを置き換えます",
  "nothing sets ${}": "${1} はどこでも設定されていません",
  "nothing sets ${}: did you mean ${}?": "${1} はどこでも設定されていません。${2} のことですか?",
  "the ignore file leaves {} out of the build context":
    "無視ファイルが {1} をビルドコンテキストから除いています",
  "MAINTAINER is deprecated: name the author in a label":
    "MAINTAINER は非推奨です。作者はラベルに書いてください",
  "{} should be {}, as most instructions are": "ほとんどの命令に合わせて、{1} は {2} と書いてください",
  "{} means something else: give the stage another name":
    "{1} には別の意味があります。ステージに別の名前を付けてください",
  "there is another stage {}: the last one of a name counts":
    "ステージ {1} がほかにもあります。同じ名前では最後のものが使われます",
  "stage {} should be {}": "ステージ {1} は {2} と書いてください",
  "{} is not written as its {}": "{1} の大文字・小文字が {2} と違います",
  'the comment of this {*} should begin with "# NAME "': 'この {1} のコメントは "# 名前 " で始めてください',
  'the comment of this {*} should begin with "# {} "': 'この {1} のコメントは "# {2} " で始めてください',
  "RUN --security=insecure has all powers over what is yours, but not over this machine: its devices, kernel modules and the like need root":
    "RUN --security=insecure は、あなたのものに対してはすべての権限を持ちますが、このマシンに対してではありません。デバイスやカーネルモジュールなどには root が必要です",
};
