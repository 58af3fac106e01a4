import type { Catalogue } from "../catalogue.ts";

/** Devices by the Container Device Interface. */
export const devices: Catalogue = {
  "cannot use {*} of the CDI specification {}: {*}": "CDI 仕様 {2} の {1} は使えません: {3}",
  "cannot use the CDI specification {}: {*}": "CDI 仕様 {1} は使えません: {2}",
  "have it made again by the vendor's program, or correct it":
    "ベンダーのプログラムで作り直すか、直してください",
  "the document": "文書",
  "{} is none of {}": "{1} は {2} のどれでもありません",
  "{} is no name": "{1} は名前として使えません",
  "{} is there twice": "{1} が 2 回あります",
  "{} is neither b nor c": "{1} は b でも c でもありません",
  "{} is not made of r, w and m": "{1} は r、w、m だけではありません",
  "mounts of the type {} are not made": "{1} という種類のマウントはできません",
  "the option {} is unknown": "オプション {1} は未知のものです",
  "{} is not of the form NAME=VALUE": "{1} は NAME=VALUE の形ではありません",
  "it is no list": "リストではありません",
  "there are more than {} entries": "{1} 個を超えています",
  "it has no keys and values": "キーと値ではありません",
  "the key is unknown": "未知のキーです",
  "it is missing": "ありません",
  "it is no text": "文字列ではありません",
  "it is no number of 32 bits": "32 ビットの数ではありません",
  "it is no file": "ファイルではありません",
  "it is not of the form vendor.com/class": "vendor.com/class の形ではありません",
  "cannot read the CDI specifications in {}: {*}": "{1} の CDI 仕様を読めません: {2}",
  "name another directory with --cdi-spec-dir": "--cdi-spec-dir で別のディレクトリを指定してください",
  "{} has more than {} CDI specifications": "{1} に CDI 仕様が {2} 個より多くあります",
  "keep those that are needed in a directory of their own, and name it with --cdi-spec-dir":
    "必要なものだけを別のディレクトリに置き、--cdi-spec-dir で指定してください",
  "the CDI device {} is in {} and in {}": "CDI デバイス {1} が {2} と {3} の両方にあります",
  "take it out of one of them, or move one to a directory that is named later":
    "どちらかから消すか、片方を後に読まれるディレクトリへ移してください",
  "unresolvable CDI device {}": "CDI デバイス {1} が見つかりません",
  "of its kind there are {}": "同じ種類には {1} があります",
  "its vendor's program writes a specification to /etc/cdi or /var/run/cdi; another directory: --cdi-spec-dir":
    "仕様はベンダーのプログラムが /etc/cdi か /var/run/cdi に書きます。別のディレクトリなら --cdi-spec-dir を付けてください",
  "cannot give the device {}: it is no device of this machine":
    "デバイス {1} は渡せません: このマシンのデバイスではありません",
  "cannot give the device {}: it is not of the type {}":
    "デバイス {1} は渡せません: 種類が {2} ではありません",
  "is its driver loaded? Have the specification made again by the vendor's program":
    "ドライバーは読み込まれていますか? ベンダーのプログラムで仕様を作り直してください",
  "the device's {} hook {} is a runtime's to call": "デバイスの {1} フック {2} を呼び出すのはランタイムです",
  "run a container with --runtime runc or crun, or take the hook out of a copy of the specification and name its directory with --cdi-spec-dir":
    "コンテナを --runtime runc か crun で実行するか、仕様を写してフックを外し、そのディレクトリを --cdi-spec-dir で指定してください",
  "cannot make the device {} ({}:{}): root is needed": "デバイス {1}（{2}:{3}）を作れません: root が必要です",
  "have root make its node on this machine, or run this as root":
    "root にこのマシンでノードを作ってもらうか、root で実行してください",
  "A device of this machine, by path or by its name in a CDI specification":
    "このマシンのデバイス。パスか、CDI 仕様での名前",
  "Where CDI specifications are, in place of /etc/cdi and /var/run/cdi; the last one that has a device counts":
    "CDI 仕様のある場所（/etc/cdi と /var/run/cdi の代わり）。同じデバイスは最後のものが有効",
  "--device has a name already: {}": "--device にはすでに名前 {1} があります",
  "unknown key {} in --device": "--device に未知のキー {1} があります",
  "--device needs the name of a device": "--device にはデバイスの名前が必要です",
  "write --device=vendor.com/class=name[,required]":
    "--device=vendor.com/class=name[,required] と書いてください",
  "required in --device is true or false, not {}":
    "--device の required は true か false です（{1} は使えません）",
  "unknown key {} in --allow {}": "--allow {2} に未知のキー {1} があります",
  "write --allow device=vendor.com/class=name[,alias=NAME]":
    "--allow device=vendor.com/class=name[,alias=NAME] と書いてください",
  "the device {} is not allowed in this build": "このビルドではデバイス {1} は許されていません",
  "if you trust the Dockerfile, allow it: --allow device={}, or --allow device for all":
    "Dockerfile を信頼するなら --allow device={1} で許してください。--allow device ならすべてのデバイスを許します",
  "required device {} is not registered": "必要なデバイス {1} が登録されていません",
  "the device {} is not given to the step: no CDI specification describes it":
    "デバイス {1} はステップに渡されません: どの CDI 仕様にもありません",
  "Let RUN --network=host, RUN --security=insecure, or RUN --device have what it asks for":
    "RUN --network=host、RUN --security=insecure、RUN --device に、求めるものを許す",
};
